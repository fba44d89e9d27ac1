package dev.millrace.trainer.batch;

import dev.millrace.trainer.ingest.RegistryAccess;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The topology of the batch former. Stateless.
 *
 * <pre>
 * samples -> admit -+------------------------------> accept -+-> batches
 *                   +-> by-id (internal topic) ------^       +-> holdout
 *                   +-> dead-letters                         (duplicates: counted)
 * </pre>
 */
final class FormerTopology {
    static final String ACCEPT = "accept";
    static final String BATCHES_SINK = "to-batches";
    static final String HOLDOUT_SINK = "to-holdout";
    static final String DEAD_LETTERS_SINK = "to-dead-letters";

    private static final String ADMIT = "admit";
    private static final String BY_ID = "by-id";
    /** First node of the hop, as Kafka Streams names it after {@link #BY_ID}. */
    static final String HOP = BY_ID + "-repartition-filter";

    private static final String HOP_END = BY_ID + "-repartition-source";

    private FormerTopology() {}

    /** The topology; the registry stays open for as long as it runs. */
    static Topology build(FormerSpec spec, FormerStores stores, RegistryAccess registry) {
        FormerCodecs codecs = FormerCodecs.of(registry, spec.topics());
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(stores.tallyStore());
        builder.stream(
                        spec.topics().samples(),
                        Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())
                                .withName("samples")
                                .withTimestampExtractor(notBefore1970()))
                .process(
                        () -> new FreshProcessor(context -> new AdmitStep(context, spec, codecs)),
                        Named.as(ADMIT),
                        FormerStores.TALLY)
                .repartition(Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray())
                        .withName(BY_ID)
                        .withNumberOfPartitions(spec.samplePartitions()));
        Topology topology = builder.build();
        topology.addProcessor(
                ACCEPT, () -> new FreshProcessor(context -> new AcceptStep(context, spec, codecs)), ADMIT, HOP_END);
        topology.connectProcessorAndStateStores(ACCEPT, FormerStores.TALLY);
        topology.addStateStore(stores.openBatchStore(), ACCEPT);
        topology.addStateStore(stores.openIdsStore(), ACCEPT);
        topology.addStateStore(stores.sealedIdsStore(), ACCEPT);
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

    /** A record without a timestamp must not be dropped, nor may it stop the stream. */
    private static TimestampExtractor notBefore1970() {
        return (record, partitionTime) -> Math.max(record.timestamp(), 0);
    }
}
