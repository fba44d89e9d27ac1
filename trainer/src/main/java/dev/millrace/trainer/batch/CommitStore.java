package dev.millrace.trainer.batch;

import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.WrappedStateStore;

/**
 * A store whose owner keeps what it needs in memory and writes it only when a commit asks for it: whatever came since the
 * last commit costs one write, and a sample none. Kafka Streams' own cache would cost each sample a write to it, and each
 * commit a search.
 *
 * <p>Kafka Streams asks its caching stores, and no others, to write before a commit, by an interface of its internals; this
 * store is one of those. Owned by the stream thread.
 */
final class CommitStore extends WrappedStateStore<KeyValueStore<Integer, byte[]>, Integer, byte[]> {
    private Runnable beforeCommit = () -> {};

    private CommitStore(KeyValueStore<Integer, byte[]> entries) {
        super(entries);
    }

    /** Builds the store with a changelog of these settings. */
    static StoreBuilder<CommitStore> builder(KeyValueBytesStoreSupplier supplier, Map<String, String> changelog) {
        return new Builder(Stores.keyValueStoreBuilder(supplier, Serdes.Integer(), Serdes.ByteArray())
                .withLoggingEnabled(changelog));
    }

    /** What was written; each write goes to the changelog at once. */
    KeyValueStore<Integer, byte[]> entries() {
        return wrapped();
    }

    /**
     * Sets what writes the owner's state, in place of what was set before. It must write nothing where nothing has changed:
     * a commit may come before the first record of a task that was rolled back, when Kafka Streams cannot date a write.
     */
    void beforeCommit(Runnable write) {
        beforeCommit = write;
    }

    @Override
    public void flushCache() {
        beforeCommit.run();
    }

    /** As the builder of the entries has it. */
    private record Builder(StoreBuilder<KeyValueStore<Integer, byte[]>> entries) implements StoreBuilder<CommitStore> {
        @Override
        public StoreBuilder<CommitStore> withCachingEnabled() {
            throw new UnsupportedOperationException("the owner is the cache");
        }

        @Override
        public StoreBuilder<CommitStore> withCachingDisabled() {
            return this;
        }

        @Override
        public StoreBuilder<CommitStore> withLoggingEnabled(Map<String, String> config) {
            return new Builder(entries.withLoggingEnabled(config));
        }

        @Override
        public StoreBuilder<CommitStore> withLoggingDisabled() {
            return new Builder(entries.withLoggingDisabled());
        }

        @Override
        public CommitStore build() {
            return new CommitStore(entries.build());
        }

        @Override
        public Map<String, String> logConfig() {
            return entries.logConfig();
        }

        @Override
        public boolean loggingEnabled() {
            return entries.loggingEnabled();
        }

        @Override
        public String name() {
            return entries.name();
        }
    }
}
