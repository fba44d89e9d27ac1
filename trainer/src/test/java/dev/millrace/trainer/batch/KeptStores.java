package dev.millrace.trainer.batch;

import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.InMemoryKeyValueStore;

/**
 * In-memory stores whose content outlives the driver, as a changelog would bring it back: the next driver starts with what
 * the last one had. Owned by the test thread.
 */
final class KeptStores {
    private final NavigableMap<Bytes, byte[]> tally = new TreeMap<>();
    private final NavigableMap<Bytes, byte[]> openBatch = new TreeMap<>();
    private final NavigableMap<Bytes, byte[]> openIds = new TreeMap<>();
    private final NavigableMap<Bytes, byte[]> sealedIds = new TreeMap<>();

    FormerStores next() {
        return new FormerStores(
                new KeyValues(FormerStores.TALLY, tally),
                new KeyValues(FormerStores.OPEN_BATCH, openBatch),
                new KeyValues(FormerStores.OPEN_IDS, openIds),
                new KeyValues(FormerStores.SEALED_IDS, sealedIds));
    }

    private record KeyValues(String name, NavigableMap<Bytes, byte[]> content) implements KeyValueBytesStoreSupplier {
        @Override
        public KeyValueStore<Bytes, byte[]> get() {
            return new KeptKeyValueStore(name, content);
        }

        @Override
        public String metricsScope() {
            return "in-memory";
        }
    }

    private static final class KeptKeyValueStore extends InMemoryKeyValueStore {
        private final NavigableMap<Bytes, byte[]> content;

        KeptKeyValueStore(String name, NavigableMap<Bytes, byte[]> content) {
            super(name);
            this.content = content;
        }

        @Override
        public void init(StateStoreContext context, StateStore root) {
            super.init(context, root);
            content.forEach(super::put);
        }

        @Override
        public synchronized void put(Bytes key, byte[] value) {
            super.put(key, value);
            if (value == null) {
                content.remove(key);
            } else {
                content.put(key, value);
            }
        }

        @Override
        public synchronized byte[] delete(Bytes key) {
            content.remove(key);
            return super.delete(key);
        }
    }
}
