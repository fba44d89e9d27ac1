package dev.millrace.trainer.batch;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Sha256;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import dev.millrace.trainer.ingest.RegistryAccess;
import dev.millrace.trainer.ingest.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * The topology of the batch former in a test driver, with typed ends. The wall clock stands still until the test moves it.
 * Closed by the test.
 */
final class FormerFixture implements AutoCloseable {
    static final String MODEL = "cats";
    static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private final RegistryAccess registry;
    private final Serializer<LabelledSample> serializer;
    private final TopologyTestDriver driver;
    private final TestInputTopic<byte[], byte[]> samples;
    private final TestOutputTopic<String, TrainingBatch> batches;
    private final TestOutputTopic<String, AcceptedSample> holdout;
    private final TestOutputTopic<String, DeadLetter> deadLetters;

    FormerFixture(FormerSpec spec, FormerStores stores, Instant now) {
        String url = "mock://former-fixture";
        KafkaConfig kafka = Samples.kafka(url);
        registry = RegistryAccess.open(kafka);
        serializer = Samples.serializer(url);
        driver = new TopologyTestDriver(
                FormerTopology.build(spec, stores, registry),
                properties(spec.batch().stateDirectory()),
                now);
        AvroSerdes serdes = new AvroSerdes(kafka);
        samples =
                driver.createInputTopic(spec.topics().samples(), new ByteArraySerializer(), new ByteArraySerializer());
        batches = output(spec.topics().batches(), serdes.deserializer(TrainingBatch.class));
        holdout = output(spec.topics().holdout(), serdes.deserializer(AcceptedSample.class));
        deadLetters = output(spec.topics().deadLetters(), serdes.deserializer(DeadLetter.class));
    }

    static FormerSpec spec(Path stateDirectory) {
        return spec(stateDirectory, 4, 0);
    }

    static FormerSpec spec(Path stateDirectory, int size, double holdoutFraction) {
        IngestConfig ingest = new IngestConfig(List.of(), 1000, 200, 200, 5_000, Duration.ofHours(1), holdoutFraction);
        BatchConfig batch = new BatchConfig(
                size, Duration.ofSeconds(1), 10_000, 0, 1, "former", stateDirectory, GroupProtocol.CLASSIC);
        return new FormerSpec(
                new FormedModel(MODEL, new InputRule.Text()),
                Samples.kafka("mock://x").topics(),
                ingest,
                batch,
                1,
                100_000);
    }

    static IdHash hash(String id) {
        return IdHash.of(id.getBytes(StandardCharsets.UTF_8), Sha256.newDigest());
    }

    void send(LabelledSample sample, Instant receivedAt) {
        sendRaw(sample.getId().getBytes(StandardCharsets.UTF_8), bytes(sample), receivedAt);
    }

    void sendRaw(byte @Nullable [] key, byte @Nullable [] value, Instant receivedAt) {
        samples.pipeInput(new TestRecord<>(key, value, new RecordHeaders(), receivedAt));
    }

    byte[] bytes(LabelledSample sample) {
        return serializer.serialize("samples", sample);
    }

    void advance(Duration time) {
        driver.advanceWallClockTime(time);
    }

    List<TrainingBatch> batches() {
        return batches.readValuesToList();
    }

    List<TestRecord<String, TrainingBatch>> batchRecords() {
        return batches.readRecordsToList();
    }

    List<TestRecord<String, AcceptedSample>> holdout() {
        return holdout.readRecordsToList();
    }

    List<TestRecord<String, DeadLetter>> deadLetters() {
        return deadLetters.readRecordsToList();
    }

    IngestCounts counts() {
        var tally = driver.<String, Long>getKeyValueStore(FormerStores.TALLY);
        return IngestCounts.from(outcome -> {
            Long count = tally.get(outcome);
            return count == null ? 0 : count;
        });
    }

    /** Names of all topics that were written to. */
    Set<String> writtenTopics() {
        return driver.producedTopicNames();
    }

    @Override
    public void close() {
        driver.close();
        registry.close();
    }

    private <T extends SpecificRecord> TestOutputTopic<String, T> output(String topic, Deserializer<T> deserializer) {
        return driver.createOutputTopic(topic, new StringDeserializer(), deserializer);
    }

    private static Properties properties(Path stateDirectory) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "former-" + MODEL);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        return properties;
    }
}
