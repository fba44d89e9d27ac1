package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The records of one kind in the store of sealed chunks. A key is the kind in one letter and two numbers of four bytes,
 * which order the records. Owned by the stream thread.
 */
final class IdRecords {
    private static final int KEY_BYTES = 1 + 2 * Integer.BYTES;

    /** What a record holds. */
    enum Kind {
        /** Ids of a sealed chunk whose hash begins alike: chunk, block. */
        BLOCK('b'),
        /** When the last id of a sealed chunk was accepted, and the filter of its ids: chunk, 0. */
        SUMMARY('s');

        private final byte prefix;

        Kind(char prefix) {
            this.prefix = (byte) prefix;
        }
    }

    /** One record. */
    record Found(int chunk, int part, byte[] value) {}

    private final KeyValueStore<byte[], byte[]> store;
    private final byte prefix;

    IdRecords(KeyValueStore<byte[], byte[]> store, Kind kind) {
        this.store = store;
        this.prefix = kind.prefix;
    }

    byte @Nullable [] get(int chunk, int part) {
        return store.get(key(chunk, part));
    }

    void put(int chunk, int part, byte[] value) {
        store.put(key(chunk, part), value);
    }

    void delete(int chunk, int part) {
        store.delete(key(chunk, part));
    }

    /** All of this kind, by chunk and part. */
    List<Found> all() {
        List<Found> all = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> records =
                store.prefixScan(new byte[] {prefix}, new ByteArraySerializer())) {
            while (records.hasNext()) {
                KeyValue<byte[], byte[]> next = records.next();
                ByteBuffer key = ByteBuffer.wrap(next.key).position(1);
                all.add(new Found(key.getInt(), key.getInt(), next.value));
            }
        }
        return all;
    }

    private byte[] key(int chunk, int part) {
        return ByteBuffer.allocate(KEY_BYTES)
                .put(prefix)
                .putInt(chunk)
                .putInt(part)
                .array();
    }
}
