package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The serialised samples of one task that wait for their batch to fill, mirrored in a state store. Owned by the stream
 * thread.
 *
 * <p>The store has one entry, which holds all of them, each behind its id's hash and its length in four bytes. So a sample
 * costs one write to the store's cache, a full batch one more, and a commit writes one record, however many samples came
 * since the last.
 */
final class OpenBatch {
    private static final int ENTRY = 0;
    private static final byte[] NOTHING = {};
    private static final int HEADER_BYTES = SeenId.BYTES + Integer.BYTES;

    private final KeyValueStore<Integer, byte[]> store;
    private final List<Entry> samples = new ArrayList<>();
    private byte[] stored = NOTHING;

    /**
     * One sample.
     *
     * @param id as it was accepted
     * @param sample serialised
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(SeenId id, byte[] sample) {}

    /** Loads what the store holds. */
    OpenBatch(KeyValueStore<Integer, byte[]> store) {
        this.store = store;
        byte[] found = store.get(ENTRY);
        if (found != null) {
            stored = found;
            ByteBuffer rest = ByteBuffer.wrap(found);
            while (rest.hasRemaining()) {
                SeenId id = SeenId.read(rest);
                byte[] sample = new byte[rest.getInt()];
                rest.get(sample);
                samples.add(new Entry(id, sample));
            }
        }
    }

    void add(Entry entry) {
        byte[] sample = entry.sample();
        // A new array each time: the cache keeps the last one until the commit.
        byte[] grown = Arrays.copyOf(stored, stored.length + HEADER_BYTES + sample.length);
        ByteBuffer end = ByteBuffer.wrap(grown).position(stored.length);
        entry.id().write(end);
        end.putInt(sample.length).put(sample);
        stored = grown;
        store.put(ENTRY, stored);
        samples.add(entry);
    }

    /** Empties the batch and gives its samples in the order in which they came. */
    List<Entry> take() {
        List<Entry> taken = List.copyOf(samples);
        stored = NOTHING;
        store.put(ENTRY, stored);
        samples.clear();
        return taken;
    }

    /** The ids of its samples. */
    List<SeenId> ids() {
        return samples.stream().map(Entry::id).toList();
    }

    boolean isEmpty() {
        return samples.isEmpty();
    }

    int size() {
        return samples.size();
    }

    /** Sum of the samples' serialised sizes. */
    int bytes() {
        return stored.length - samples.size() * HEADER_BYTES;
    }
}
