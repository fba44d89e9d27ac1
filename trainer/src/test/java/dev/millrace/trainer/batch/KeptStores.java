package dev.millrace.trainer.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.internals.InMemoryKeyValueStore;
import org.apache.kafka.streams.state.internals.InMemoryWindowStore;

/**
 * In-memory stores whose content outlives the driver, as a changelog would bring it back: the next driver starts with what
 * the last one had. Owned by the test thread.
 */
final class KeptStores {
    private final NavigableMap<Bytes, byte[]> tally = new TreeMap<>();
    private final NavigableMap<Bytes, byte[]> openBatch = new TreeMap<>();
    private final List<SeenId> seenIds = new ArrayList<>();
    private final Duration window;

    private record SeenId(Bytes id, byte[] acceptedAt, long spanStart) {}

    KeptStores(Duration window) {
        this.window = window;
    }

    FormerStores next() {
        return new FormerStores(
                new KeyValues(FormerStores.TALLY, tally),
                new KeyValues(FormerStores.OPEN_BATCH, openBatch),
                new Windows(FormerStores.of(window).seenIds(), seenIds));
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

    /** The store that production uses has its measures copied, not its place on disk. */
    private record Windows(WindowBytesStoreSupplier measures, List<SeenId> content)
            implements WindowBytesStoreSupplier {
        @Override
        public WindowStore<Bytes, byte[]> get() {
            return new KeptWindowStore(this);
        }

        @Override
        public String name() {
            return measures.name();
        }

        @Override
        public String metricsScope() {
            return "in-memory-window";
        }

        @Override
        public long segmentIntervalMs() {
            return measures.segmentIntervalMs();
        }

        @Override
        public long windowSize() {
            return measures.windowSize();
        }

        @Override
        public boolean retainDuplicates() {
            return false;
        }

        @Override
        public long retentionPeriod() {
            return measures.retentionPeriod();
        }
    }

    private static final class KeptWindowStore extends InMemoryWindowStore {
        private final List<SeenId> content;

        KeptWindowStore(Windows supplier) {
            super(
                    supplier.name(),
                    supplier.retentionPeriod(),
                    supplier.windowSize(),
                    supplier.retainDuplicates(),
                    supplier.metricsScope());
            this.content = supplier.content();
        }

        @Override
        public void init(StateStoreContext context, StateStore root) {
            super.init(context, root);
            content.forEach(seen -> super.put(seen.id(), seen.acceptedAt(), seen.spanStart()));
        }

        @Override
        public void put(Bytes key, byte[] value, long windowStart) {
            super.put(key, value, windowStart);
            content.add(new SeenId(key, value, windowStart));
        }
    }
}
