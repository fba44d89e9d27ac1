package dev.millrace.trainer.batch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Where a task keeps its state. Immutable.
 *
 * <p>The open batch and the counts are small and change with every record: they are kept in memory behind a cache, so that a
 * commit writes each changed entry once. The ids seen are many and are kept on disk (RocksDB).
 */
record FormerStores(
        KeyValueBytesStoreSupplier tally, KeyValueBytesStoreSupplier openBatch, WindowBytesStoreSupplier seenIds) {
    static final String TALLY = "tally";
    static final String OPEN_BATCH = "open-batch";
    static final String SEEN_IDS = "seen-ids";

    /** A changelog's records are dated by the broker, which refuses those of a clock that is far ahead of its own. */
    private static final Map<String, String> CHANGELOG =
            Map.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");

    /**
     * Keeps what a restart reads back small: the newest segment of a changelog is never compacted, and Kafka's default of
     * 1 GB would be read in full.
     */
    private static final Map<String, String> SMALL_CHANGELOG = Map.of(
            TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime",
            TopicConfig.SEGMENT_BYTES_CONFIG, "8388608",
            TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1");

    /** The changelog of the open batch takes whatever a batch may be, as the largest record is. */
    private static final Map<String, String> ROOM_FOR_A_BATCH =
            Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(BatchFormer.DEAD_LETTER_MAX_BYTES));

    static FormerStores of(Duration dedupeWindow) {
        return new FormerStores(
                Stores.inMemoryKeyValueStore(TALLY),
                Stores.inMemoryKeyValueStore(OPEN_BATCH),
                // SeenIds looks back into the span before the present one, so two of them must be there.
                Stores.persistentWindowStore(SEEN_IDS, dedupeWindow.multipliedBy(2), dedupeWindow, false));
    }

    StoreBuilder<KeyValueStore<String, Long>> tallyStore() {
        return Stores.keyValueStoreBuilder(tally, Serdes.String(), Serdes.Long())
                .withCachingEnabled()
                .withLoggingEnabled(SMALL_CHANGELOG);
    }

    StoreBuilder<KeyValueStore<Integer, byte[]>> openBatchStore() {
        Map<String, String> changelog = new HashMap<>(SMALL_CHANGELOG);
        changelog.putAll(ROOM_FOR_A_BATCH);
        return Stores.keyValueStoreBuilder(openBatch, Serdes.Integer(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(changelog);
    }

    StoreBuilder<WindowStore<byte[], Long>> seenIdsStore() {
        return Stores.windowStoreBuilder(seenIds, Serdes.ByteArray(), Serdes.Long())
                .withLoggingEnabled(CHANGELOG);
    }
}
