package dev.millrace.trainer.batch;

import dev.millrace.trainer.ingest.RegistryAccess;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The topology of the batch former. Stateless.
 *
 * <pre>
 * samples -> admit -+------------------------------> accept -+-> batches
 *                   +-> by-id (internal topic) ------^       +-> holdout
 *                   +-> dead-letters                         (duplicates: counted)
 * </pre>
 *
 * <p>The open batch and the counts are small and change with every record: they are kept in memory behind a cache, so that
 * a commit writes each changed entry once. The ids seen are many and are kept on disk (RocksDB).
 */
final class FormerTopology {
    static final String TALLY = "tally";
    static final String OPEN_BATCH = "open-batch";
    static final String SEEN_IDS = "seen-ids";

    static final String ACCEPT = "accept";
    static final String BATCHES_SINK = "to-batches";
    static final String HOLDOUT_SINK = "to-holdout";
    static final String DEAD_LETTERS_SINK = "to-dead-letters";

    private static final String ADMIT = "admit";
    private static final String BY_ID = "by-id";
    /** First node of the hop, as Kafka Streams names it after {@link #BY_ID}. */
    static final String HOP = BY_ID + "-repartition-filter";

    private static final String HOP_END = BY_ID + "-repartition-source";

    /**
     * Keeps what a restart reads back small: the newest segment is never compacted, and Kafka's default of 1 GB would be
     * read in full.
     */
    private static final Map<String, String> SMALL_CHANGELOG = Map.of(
            TopicConfig.SEGMENT_BYTES_CONFIG, "8388608",
            TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1");

    private FormerTopology() {}

    /** The topology; the registry stays open for as long as it runs. */
    static Topology build(FormerSpec spec, RegistryAccess registry) {
        return build(spec, registry, Stores.inMemoryKeyValueStore(TALLY), Stores.inMemoryKeyValueStore(OPEN_BATCH));
    }

    /** The same over other stores for the counts and the open batch. */
    static Topology build(
            FormerSpec spec,
            RegistryAccess registry,
            KeyValueBytesStoreSupplier tally,
            KeyValueBytesStoreSupplier openBatch) {
        FormerCodecs codecs = FormerCodecs.of(registry, spec.topics());
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(tallyStore(tally));
        builder.stream(
                        spec.topics().samples(),
                        Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())
                                .withName("samples")
                                .withTimestampExtractor(notBefore1970()))
                .process(
                        () -> new FreshProcessor(context -> new AdmitStep(context, spec, codecs)),
                        Named.as(ADMIT),
                        TALLY)
                .repartition(Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray())
                        .withName(BY_ID)
                        .withNumberOfPartitions(spec.samplePartitions()));
        Topology topology = builder.build();
        topology.addProcessor(
                ACCEPT, () -> new FreshProcessor(context -> new AcceptStep(context, spec, codecs)), ADMIT, HOP_END);
        topology.connectProcessorAndStateStores(ACCEPT, TALLY);
        topology.addStateStore(openBatchStore(openBatch), ACCEPT);
        topology.addStateStore(seenIdsStore(spec.ingest().dedupeWindow()), ACCEPT);
        addSinks(topology, spec);
        return topology;
    }

    private static void addSinks(Topology topology, FormerSpec spec) {
        var bytes = new ByteArraySerializer();
        StreamPartitioner<byte[], byte[]> ownPartition = (topic, key, value, partitions) ->
                Optional.of(Set.of(spec.batch().partition()));
        topology.addSink(BATCHES_SINK, spec.topics().batches(), bytes, bytes, ownPartition, ACCEPT);
        topology.addSink(HOLDOUT_SINK, spec.topics().holdout(), bytes, bytes, ACCEPT);
        topology.addSink(DEAD_LETTERS_SINK, spec.topics().deadLetters(), bytes, bytes, ADMIT);
    }

    private static StoreBuilder<KeyValueStore<String, Long>> tallyStore(KeyValueBytesStoreSupplier supplier) {
        return Stores.keyValueStoreBuilder(supplier, Serdes.String(), Serdes.Long())
                .withCachingEnabled()
                .withLoggingEnabled(SMALL_CHANGELOG);
    }

    private static StoreBuilder<KeyValueStore<Integer, byte[]>> openBatchStore(KeyValueBytesStoreSupplier supplier) {
        return Stores.keyValueStoreBuilder(supplier, Serdes.Integer(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(SMALL_CHANGELOG);
    }

    private static StoreBuilder<WindowStore<byte[], Long>> seenIdsStore(Duration window) {
        // SeenIds looks back into the span before the present one, so two of them must be there.
        return Stores.windowStoreBuilder(
                        Stores.persistentWindowStore(SEEN_IDS, window.multipliedBy(2), window, false),
                        Serdes.ByteArray(),
                        Serdes.Long())
                .withLoggingEnabled(Map.of());
    }

    /** A record without a timestamp must not be dropped, nor may it stop the stream. */
    private static TimestampExtractor notBefore1970() {
        return (record, partitionTime) -> Math.max(record.timestamp(), 0);
    }
}
