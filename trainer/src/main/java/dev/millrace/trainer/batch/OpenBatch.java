package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The serialised samples of one task that wait for their batch to fill. Owned by the stream thread.
 *
 * <p>The store has one entry, which holds all of them, each behind its length in four bytes; a commit writes it if the batch
 * has changed.
 */
final class OpenBatch {
    private static final int ENTRY = 0;

    private final CommitStore store;
    private final List<byte[]> samples = new ArrayList<>();
    private int bytes;
    private boolean isChanged;

    /** Loads what the store holds. */
    OpenBatch(CommitStore store) {
        this.store = store;
        byte[] found = store.entries().get(ENTRY);
        if (found != null) {
            ByteBuffer rest = ByteBuffer.wrap(found);
            while (rest.hasRemaining()) {
                byte[] sample = new byte[rest.getInt()];
                rest.get(sample);
                samples.add(sample);
                bytes += sample.length;
            }
        }
        store.beforeCommit(this::write);
    }

    void add(byte[] sample) {
        samples.add(sample);
        bytes += sample.length;
        isChanged = true;
    }

    /** Empties the batch and gives its samples in the order in which they came. */
    List<byte[]> take() {
        List<byte[]> taken = List.copyOf(samples);
        samples.clear();
        bytes = 0;
        isChanged = true;
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
        return bytes;
    }

    private void write() {
        if (isChanged) {
            ByteBuffer all = ByteBuffer.allocate(bytes + samples.size() * Integer.BYTES);
            samples.forEach(sample -> all.putInt(sample.length).put(sample));
            store.entries().put(ENTRY, all.array());
            isChanged = false;
        }
    }
}
