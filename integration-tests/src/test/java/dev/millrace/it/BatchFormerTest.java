package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.batch.FormerHealth;
import dev.millrace.trainer.batch.GroupProtocol;
import dev.millrace.trainer.batch.IngestCounts;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The batch former keeps its count whatever comes and goes around it. */
final class BatchFormerTest {
    private static final String MODEL = "cats";

    @TempDir
    private static Path directory;

    private static LiveKafka kafka;

    @BeforeAll
    static void startKafka() throws InterruptedException {
        kafka = LiveKafka.start(directory.resolve("kafka"));
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    private static BatchFormer start(KafkaConfig config, String instance, GroupProtocol protocol) {
        Path state = directory.resolve(config.topicPrefix() + instance);
        BatchConfig batch = new BatchConfig(16, Duration.ofMillis(300), 900_000, 0, 1, "former", state, protocol);
        return BatchFormer.start(config, new FormedModel(MODEL, new InputRule.Text()), IngestConfig.defaults(), batch);
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(50));
    }

    private static void awaitRunning(BatchFormer former) {
        soon().untilAsserted(
                        () -> assertThat(former.health()).isEqualTo(new FormerHealth(FormerHealth.State.RUNNING, "")));
    }

    /** Waits until all that was sent is counted, and compares that with what can be read. */
    private static void assertEverythingIsSomewhereOnce(KafkaConfig config, SampleStream sent, BatchFormer former) {
        soon().untilAsserted(() -> assertThat(former.counts().records()).isEqualTo(sent.records()));
        soon().untilAsserted(() -> assertThat(accepted(config)).hasSameSizeAs(sent.ids()));
        assertThat(accepted(config)).containsExactlyInAnyOrderElementsOf(sent.ids());
        IngestCounts counts = former.counts();
        assertThat(counts.accepted() + counts.holdout()).isEqualTo(sent.ids().size());
        assertThat(counts.duplicates()).isEqualTo(sent.repeated());
        assertThat(counts.deadLettered()).isEqualTo(sent.damaged());
        soon().untilAsserted(() -> assertThat(deadLetters(config)).hasSize(sent.damaged()));
        assertThat(deadLetters(config)).doesNotHaveDuplicates();
    }

    /** Ids of all committed samples, trained or held out. */
    private static List<String> accepted(KafkaConfig config) {
        List<String> ids = new ArrayList<>();
        LiveKafka.read(config, config.topics().batches(), TrainingBatch.class)
                .forEach(batch -> batch.getSamples().forEach(sample -> ids.add(sample.getId())));
        LiveKafka.read(config, config.topics().holdout(), AcceptedSample.class)
                .forEach(sample -> ids.add(sample.getId()));
        return ids;
    }

    private static List<DeadLetter> deadLetters(KafkaConfig config) {
        return LiveKafka.read(config, config.topics().deadLetters(), DeadLetter.class);
    }

    @ParameterizedTest
    @EnumSource(GroupProtocol.class)
    @SuppressWarnings("try") // closed in the middle on purpose; a second close does nothing
    void losesAndDoublesNothingWhenInstancesComeAndGo(GroupProtocol protocol) throws Exception {
        KafkaConfig config = kafka.topics("move-" + protocol + ".", 6);
        try (SampleStream samples = new SampleStream(config, 11);
                BatchFormer first = start(config, "first", protocol)) {
            awaitRunning(first);
            samples.send(500);

            try (BatchFormer second = start(config, "second", protocol)) {
                soon().until(() -> {
                    samples.send(50);
                    return second.counts().records() > 0;
                });
                samples.send(500);
                first.close();
                samples.send(500);

                assertEverythingIsSomewhereOnce(config, samples, second);
            }
        }
    }

    @Test
    void goesOnWhereItWasAfterARestart() throws Exception {
        KafkaConfig config = kafka.topics("restart.", 2);
        try (SampleStream samples = new SampleStream(config, 12)) {
            for (int round = 0; round < 3; round++) {
                try (BatchFormer former = start(config, "only", GroupProtocol.CLASSIC)) {
                    awaitRunning(former);
                    samples.send(203);
                    soon().until(() -> former.counts().records() > 0);
                }
            }

            try (BatchFormer former = start(config, "only", GroupProtocol.CLASSIC)) {
                assertEverythingIsSomewhereOnce(config, samples, former);
            }
        }
    }

    @Test
    void waitsForTopicsThatAreNotThereYet() throws Exception {
        KafkaConfig config = kafka.config("later.");
        try (BatchFormer former = start(config, "only", GroupProtocol.CLASSIC)) {
            soon().until(() -> former.health().state() == FormerHealth.State.WAITING_FOR_TOPICS);
            assertThat(former.health().cause()).contains("later.batches does not exist");

            kafka.topics("later.", 1);

            awaitRunning(former);
        }
    }

    /** The samples' own times, which may lie years back, would have the broker delete ids that are still needed. */
    @Test
    void keepsTheIdsSeenByTheTimeAtWhichTheyWereWritten() throws Exception {
        KafkaConfig config = kafka.topics("seen.", 1);
        ConfigResource ids = new ConfigResource(ConfigResource.Type.TOPIC, "seen.former-cats-sealed-ids-changelog");
        try (BatchFormer former = start(config, "only", GroupProtocol.CLASSIC);
                Admin admin =
                        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers()))) {
            awaitRunning(former);

            Map<ConfigResource, Config> found =
                    admin.describeConfigs(List.of(ids)).all().get();
            Config topic = Objects.requireNonNull(found.get(ids));

            assertThat(topic.get("message.timestamp.type").value()).isEqualTo("LogAppendTime");
            assertThat(topic.get("cleanup.policy").value()).isEqualTo("compact");
        }
    }

    @Test
    void waitsForTheRegistryAndGoesOnByItself() throws Exception {
        KafkaConfig config = kafka.topics("registry.", 1);
        try (SampleStream samples = new SampleStream(config, 13);
                BatchFormer former = start(config, "only", GroupProtocol.CLASSIC)) {
            samples.send(100);
            assertEverythingIsSomewhereOnce(config, samples, former);
            byte[] newer = sampleOfNewerSchema(config);

            kafka.stopRegistry();
            samples.sendRaw(newer);
            samples.send(50);
            soon().until(() -> former.health().state() == FormerHealth.State.WAITING_FOR_REGISTRY);
            kafka.startRegistry();

            awaitRunning(former);
            soon().untilAsserted(() -> assertThat(former.counts().records()).isEqualTo(samples.records()));
            assertThat(accepted(config)).contains("newer");
        }
    }

    /** Bytes that need a schema which the batch former has not seen yet. */
    private static byte[] sampleOfNewerSchema(KafkaConfig config) {
        Schema newer = SchemaBuilder.record("LabelledSample")
                .namespace("dev.millrace.schemas")
                .fields()
                .requiredString("id")
                .name("eventTime")
                .type(LabelledSample.SCHEMA$.getField("eventTime").schema())
                .noDefault()
                .optionalString("label")
                .optionalString("text")
                .name("confidence")
                .type()
                .doubleType()
                .doubleDefault(1)
                .endRecord();
        GenericRecord sample = new GenericData.Record(newer);
        sample.put("id", "newer");
        sample.put("eventTime", 0L);
        sample.put("label", "cat");
        sample.put("text", "purrs");
        sample.put("confidence", 0.5);
        try (var serializer = new KafkaAvroSerializer()) {
            serializer.configure(Map.of("schema.registry.url", config.registryUrl()), false);
            return serializer.serialize(config.topics().samples(), sample);
        }
    }

    @Test
    void survivesABrokerThatGoesAndComesBack() throws Exception {
        KafkaConfig config = kafka.topics("broker.", 2);
        try (SampleStream samples = new SampleStream(config, 14);
                BatchFormer former = start(config, "only", GroupProtocol.CLASSIC)) {
            awaitRunning(former);
            samples.send(300);

            kafka.stopBroker();
            soon().until(() -> former.health().state() == FormerHealth.State.WAITING_FOR_BROKER);
            kafka.startBroker();
            awaitRunning(former);
            samples.send(300);

            assertEverythingIsSomewhereOnce(config, samples, former);
        }
    }

    @Test
    void keepsGiantsByteForByte() throws Exception {
        KafkaConfig config = kafka.topics("giant.", 1);
        byte[] giant = new byte[1_000_000];
        new Random(15).nextBytes(giant);
        giant[0] = 'X';
        try (SampleStream samples = new SampleStream(config, 15);
                BatchFormer former = start(config, "only", GroupProtocol.CLASSIC)) {
            samples.sendRaw(giant);
            samples.send(20);

            assertEverythingIsSomewhereOnce(config, samples, former);

            DeadLetter letter = deadLetters(config).get(0);
            assertThat(letter.getCause()).isEqualTo(RejectReason.NO_MAGIC_BYTE);
            assertThat(letter.getValue()).isEqualTo(ByteBuffer.wrap(giant));
        }
    }
}
