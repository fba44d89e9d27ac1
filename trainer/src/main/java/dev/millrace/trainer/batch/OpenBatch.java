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
 * <p>The store has one entry, which holds all of them, each behind its length in four bytes. So a sample costs one write to
 * the store's cache, a full batch one more, and a commit writes one record, however many samples came since the last.
 */
final class OpenBatch {
    private static final int ENTRY = 0;
    private static final byte[] NOTHING = {};

    private final KeyValueStore<Integer, byte[]> store;
    private final List<byte[]> samples = new ArrayList<>();
    private byte[] stored = NOTHING;

    /** Loads what the store holds. */
    OpenBatch(KeyValueStore<Integer, byte[]> store) {
        this.store = store;
        byte[] found = store.get(ENTRY);
        if (found != null) {
            stored = found;
            ByteBuffer rest = ByteBuffer.wrap(found);
            while (rest.hasRemaining()) {
                byte[] sample = new byte[rest.getInt()];
                rest.get(sample);
                samples.add(sample);
            }
        }
    }

    void add(byte[] sample) {
        // A new array each time: the cache keeps the last one until the commit.
        byte[] grown = Arrays.copyOf(stored, stored.length + Integer.BYTES + sample.length);
        ByteBuffer.wrap(grown).position(stored.length).putInt(sample.length).put(sample);
        stored = grown;
        store.put(ENTRY, stored);
        samples.add(sample);
    }

    /** Empties the batch and gives its samples in the order in which they came. */
    List<byte[]> take() {
        List<byte[]> taken = List.copyOf(samples);
        stored = NOTHING;
        store.put(ENTRY, stored);
        samples.clear();
        return taken;
    }

    boolean isEmpty() {
        return samples.isEmpty();
    }

    int size() {
        return samples.size();
    }

    /** Sum of the samples' serialised sizes. */
    int bytes() {
        return stored.length - samples.size() * Integer.BYTES;
    }
}
