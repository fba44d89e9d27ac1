package dev.millrace.trainer.batch;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The serialised samples of one task that wait for their batch to fill, mirrored slot by slot in a state store. Owned by the
 * stream thread.
 *
 * <p>Slots are numbered from 0 and used again by the next batch, so the store, and with it what a restart has to read back,
 * never holds more than one batch.
 */
final class OpenBatch {
    private final KeyValueStore<Integer, byte[]> slots;
    private final List<byte[]> samples = new ArrayList<>();
    private int bytes;

    /** Loads what the store holds. */
    OpenBatch(KeyValueStore<Integer, byte[]> slots) {
        this.slots = slots;
        for (byte[] stored = slots.get(0); stored != null; stored = slots.get(samples.size())) {
            samples.add(stored);
            bytes += stored.length;
        }
    }

    void add(byte[] sample) {
        slots.put(samples.size(), sample);
        samples.add(sample);
        bytes += sample.length;
    }

    /** Empties the batch and gives its samples in the order in which they came. */
    List<byte[]> take() {
        List<byte[]> taken = List.copyOf(samples);
        for (int slot = 0; slot < taken.size(); slot++) {
            slots.delete(slot);
        }
        samples.clear();
        bytes = 0;
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
}
