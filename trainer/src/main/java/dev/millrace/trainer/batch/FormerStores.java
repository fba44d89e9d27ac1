package dev.millrace.trainer.batch;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Where a task keeps its state. Immutable.
 *
 * <p>The counts, the open batch and the newest ids seen are small and are kept in memory; a commit writes each of their
 * changed entries once. The other ids are many and are kept on disk (RocksDB).
 */
record FormerStores(
        KeyValueBytesStoreSupplier tally,
        KeyValueBytesStoreSupplier openBatch,
        KeyValueBytesStoreSupplier openIds,
        KeyValueBytesStoreSupplier sealedIds) {
    static final String TALLY = "tally";
    static final String OPEN_BATCH = "open-batch";
    static final String OPEN_IDS = "open-ids";
    static final String SEALED_IDS = "sealed-ids";

    /**
     * Keeps what a restart reads back small: the newest segment of a changelog is never compacted, and Kafka's default of
     * 1 GB would be read in full. Its records are dated by the broker, which refuses those of a clock that is far ahead of
     * its own.
     */
    private static final Map<String, String> SMALL_CHANGELOG = Map.of(
            TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime",
            TopicConfig.SEGMENT_BYTES_CONFIG, "8388608",
            TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1");

    /** The changelog of the open batch takes whatever a batch may be, as the largest record is. */
    private static final Map<String, String> ROOM_FOR_A_BATCH =
            Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(BatchFormer.DEAD_LETTER_MAX_BYTES));

    static FormerStores inMemoryAndOnDisk() {
        return new FormerStores(
                Stores.inMemoryKeyValueStore(TALLY),
                Stores.inMemoryKeyValueStore(OPEN_BATCH),
                Stores.inMemoryKeyValueStore(OPEN_IDS),
                Stores.persistentKeyValueStore(SEALED_IDS));
    }

    StoreBuilder<KeyValueStore<String, Long>> tallyStore() {
        return Stores.keyValueStoreBuilder(tally, Serdes.String(), Serdes.Long())
                .withCachingEnabled()
                .withLoggingEnabled(SMALL_CHANGELOG);
    }

    StoreBuilder<CommitStore> openBatchStore() {
        Map<String, String> changelog = new HashMap<>(SMALL_CHANGELOG);
        changelog.putAll(ROOM_FOR_A_BATCH);
        return CommitStore.builder(openBatch, changelog);
    }

    StoreBuilder<CommitStore> openIdsStore() {
        return CommitStore.builder(openIds, SMALL_CHANGELOG);
    }

    /** Without a cache: each entry is written once. */
    StoreBuilder<KeyValueStore<byte[], byte[]>> sealedIdsStore() {
        return Stores.keyValueStoreBuilder(sealedIds, Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingEnabled(SMALL_CHANGELOG);
    }
}
