package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.topics.TopicReader;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.batch.GroupProtocol;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Dead letters of a real batch former, looked at and replayed. */
class DeadLettersAgainstKafkaTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String REGISTRY = "mock://letters";

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;

    private StringWriter out = new StringWriter();

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void replaysEveryLetterOnceHoweverOftenItIsAsked() throws Exception {
        KafkaConfig kafka = topics("once.");
        try (BatchFormer former = former(kafka, List.of("cat"))) {
            send(kafka, "a", sample(kafka, "a", "cat"));
            send(kafka, "b", sample(kafka, "b", "dog"));
            send(kafka, null, "{\"id\":1}".getBytes(StandardCharsets.UTF_8));
            await().atMost(LIMIT).until(() -> former.counts().deadLettered() == 2);
        }

        assertThat(replay(kafka, "--dry-run").path("replayed").asInt()).isEqualTo(2);
        assertThat(run(kafka, "replay", "--dry-run"))
                .contains("once.samples-0@1                  would be replayed")
                .endsWith("2 would be replayed, 0 replayed before, 0 refused again after a replay, 0 too old to tell,"
                        + " 0 not kept" + System.lineSeparator());
        assertThat(samples(kafka)).isEqualTo(3);
        try (BatchFormer former = former(kafka, List.of("cat", "dog"))) {
            assertThat(replay(kafka).path("replayed").asInt()).isEqualTo(2);
            await().atMost(LIMIT).until(() -> former.counts().records() == 5);
            // It counts before it commits, and a replay reads what is committed.
            await().atMost(LIMIT).until(() -> run(kafka, "list").contains("3 dead letters"));

            JsonNode second = replay(kafka);

            assertThat(second.path("replayed").asInt()).isZero();
            assertThat(second.path("alreadyReplayed").asInt()).isEqualTo(2);
            assertThat(second.path("refusedAgain").asInt()).isEqualTo(1);
            assertThat(samples(kafka)).isEqualTo(5);
            assertThat(accepted(kafka)).containsExactlyInAnyOrder("a", "b");
            assertThat(run(kafka, "replay", "--again"))
                    .contains("ALREADY_REPLAYED")
                    .contains("1 replayed, 2 replayed before");
        }
    }

    @Test
    void leavesALetterAloneOnceTheSamplesTopicCannotTellWhetherItWasReplayed() throws Exception {
        KafkaConfig kafka = topics("old.");
        try (BatchFormer former = former(kafka, List.of("cat"))) {
            send(kafka, "b", sample(kafka, "b", "dog"));
            send(kafka, "a", sample(kafka, "a", "cat"));
            await().atMost(LIMIT).until(() -> former.counts().records() == 2);
        }
        cutSamples(kafka, 1);
        assertThat(replay(kafka, "--dry-run").path("replayed").asInt()).isEqualTo(1);
        cutSamples(kafka, 2);

        JsonNode counts = replay(kafka);

        assertThat(counts.path("replayed").asInt()).isZero();
        assertThat(counts.path("markMayBeGone").asInt()).isEqualTo(1);
        assertThat(replay(kafka, "--again").path("replayed").asInt()).isEqualTo(1);
    }

    @Test
    void listsAndShowsWhatTheFiltersAskFor() throws Exception {
        KafkaConfig kafka = topics("look.");
        try (BatchFormer former = former(kafka, List.of("cat"))) {
            send(kafka, "b", sample(kafka, "b", "dog"));
            send(kafka, null, "{\"id\":1}".getBytes(StandardCharsets.UTF_8));
            byte[] good = sample(kafka, "c", "cat");
            send(kafka, "key of c", Arrays.copyOf(good, good.length - 2));
            await().atMost(LIMIT).until(() -> former.counts().deadLettered() == 3);
        }

        assertThat(run(kafka, "list"))
                .contains("look.samples-0@0", "UNKNOWN_LABEL", "NO_MAGIC_BYTE", "key of c", "3 dead letters");
        assertThat(run(kafka, "list", "--cause", "no_magic_byte,OTHER")).contains("1 dead letters: NO_MAGIC_BYTE 1");
        assertThat(run(kafka, "list", "--offsets", "1-")).contains("2 dead letters");
        assertThat(run(kafka, "list", "--partition", "7")).contains("no dead letters");
        assertThat(run(kafka, "show", "--partition", "7")).isEqualTo("no dead letters" + System.lineSeparator());
        assertThat(run(kafka, "show", "--partition", "7", "--json")).isEmpty();
        assertThat(run(kafka, "list", "--until", "2020-01-01T00:00:00Z")).contains("no dead letters");
        assertThat(run(kafka, "list", "--limit", "1")).contains("@2").doesNotContain("@1");
        assertThat(run(kafka, "show", "--id", "b"))
                .contains("label \"dog\"", "schemaId", "{\"id\": \"b\"")
                .doesNotContain("NO_MAGIC_BYTE");
        assertThat(run(kafka, "show", "--offsets", "1", "--bytes", "4"))
                .contains("7b 22 69 64", "{\"id", "4 more bytes")
                .doesNotContain("3a");
        JsonNode cut = JsonMapper.builder().build().readTree(run(kafka, "show", "--key", "key of c", "--json"));
        assertThat(cut.path("cause").asText()).isEqualTo("MALFORMED_AVRO");
        assertThat(cut.path("hex").asText()).startsWith("00");
    }

    private static KafkaConfig topics(String prefix) throws InterruptedException {
        KafkaConfig kafka = new KafkaConfig(broker.bootstrapServers(), REGISTRY, prefix, Map.of(), Map.of());
        new TopicProvisioner(kafka).provisionTraining(1, 1);
        return kafka;
    }

    private static BatchFormer former(KafkaConfig kafka, List<String> labels) {
        IngestConfig ingest = new IngestConfig(labels, 100, 20, 20, 10_000, Duration.ofHours(1), 0);
        BatchConfig batch = new BatchConfig(
                16, Duration.ofMillis(50), 900_000, 0, 1, "former", directory.resolve("former"), GroupProtocol.CLASSIC);
        return BatchFormer.start(kafka, new FormedModel("m", new InputRule.Text()), ingest, batch);
    }

    private static byte[] sample(KafkaConfig kafka, String id, String label) {
        try (var serializer = new AvroSerdes(kafka).<LabelledSample>serializer()) {
            LabelledSample sample = new LabelledSample(id, Instant.EPOCH, label, "purrs", null, null, Map.of());
            return serializer.serialize(kafka.topics().samples(), sample);
        }
    }

    private static void send(KafkaConfig kafka, @Nullable String key, byte[] value) throws Exception {
        byte[] bytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(kafka.topics().samples(), bytes, value))
                    .get();
        }
    }

    private static void cutSamples(KafkaConfig kafka, long before) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            TopicPartition only = new TopicPartition(kafka.topics().samples(), 0);
            admin.deleteRecords(Map.of(only, RecordsToDelete.beforeOffset(before)))
                    .all()
                    .get();
        }
    }

    private static int samples(KafkaConfig kafka) {
        List<Long> offsets = new ArrayList<>();
        try (CommittedReader reader =
                new CommittedReader(kafka, List.of(kafka.topics().samples()))) {
            reader.readAll(LIMIT, entry -> offsets.add(entry.offset()));
        }
        return offsets.size();
    }

    private static List<String> accepted(KafkaConfig kafka) {
        try (var reader = new TopicReader<>(kafka, kafka.topics().batches(), TrainingBatch.class)) {
            return reader.readNew(LIMIT).stream()
                    .flatMap(entry -> entry.value().getSamples().stream())
                    .map(AcceptedSample::getId)
                    .toList();
        }
    }

    private JsonNode replay(KafkaConfig kafka, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--json");
        return JsonMapper.builder().build().readTree(run(kafka, "replay", all.toArray(String[]::new)));
    }

    private String run(KafkaConfig kafka, String verb, String... options) {
        List<String> all = new ArrayList<>(List.of("dead-letters", verb, "--bootstrap", kafka.bootstrapServers()));
        all.addAll(List.of("--registry", REGISTRY, "--topic-prefix", kafka.topicPrefix()));
        all.addAll(List.of(options));
        out = new StringWriter();
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(out, true));
        assertThat(commandLine.execute(all.toArray(String[]::new)))
                .as(out.toString())
                .isZero();
        return out.toString();
    }
}
