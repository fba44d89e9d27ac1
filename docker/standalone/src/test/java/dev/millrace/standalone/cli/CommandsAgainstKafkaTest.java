package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.promote.Manifests;
import dev.millrace.standalone.topics.TopicReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsAgainstKafkaTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String REGISTRY = "mock://commands";
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private KafkaConfig kafka;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void makeTopics(TestInfo test) throws InterruptedException {
        String prefix = test.getTestMethod().orElseThrow().getName() + ".";
        kafka = new KafkaConfig(broker.bootstrapServers(), REGISTRY, prefix, Map.of(), Map.of());
        new TopicProvisioner(kafka).provisionTraining(2, 1);
    }

    @Test
    void producesEveryRowUnderTheSameIdEachTime() throws IOException {
        Path file = Files.writeString(
                directory.resolve("rows.csv"), "label,text\nnoun,\"a, b\"\nverb,to go\nnoun,Lüftung\n");

        assertThat(run("produce", file.toString())).isZero();
        JsonNode first = lastLine();
        assertThat(run("produce", file.toString())).isZero();

        assertThat(first.fieldNames()).toIterable().containsExactly("samples", "bad", "seconds", "samplesPerSecond");
        assertThat(first.path("samples").asInt()).isEqualTo(3);
        List<TopicReader.Entry<LabelledSample>> records = read(kafka.topics().samples(), LabelledSample.class);
        assertThat(records).hasSize(6);
        assertThat(records.stream().map(TopicReader.Entry::key).distinct()).hasSize(3);
        assertThat(records)
                .allSatisfy(
                        entry -> assertThat(entry.key()).isEqualTo(entry.value().getId()));
        assertThat(records.stream().map(entry -> entry.value().getText()).distinct())
                .containsExactlyInAnyOrder("a, b", "to go", "Lüftung");
    }

    @Test
    void leavesOutAsManyBadRowsAsAllowedAndNamesThem() throws IOException {
        Path file = Files.writeString(
                directory.resolve("bad.jsonl"),
                "{\"text\":\"a\",\"label\":\"x\"}\nno json\n{\"text\":\"b\",\"label\":\"y\"}\n");

        assertThat(run("produce", "--max-bad", "1", file.toString())).isZero();

        assertThat(lastLine().path("bad").asInt()).isEqualTo(1);
        assertThat(err.toString()).contains("line 2: no JSON");
        assertThat(read(kafka.topics().samples(), LabelledSample.class)).hasSize(2);
    }

    @Test
    void readsStandardInputAndStopsAtTheFirstBadRow() throws IOException {
        InputStream standardInput = System.in;
        System.setIn(new ByteArrayInputStream("label\ttext\nx\ta\nx\tb\nbroken\n".getBytes(StandardCharsets.UTF_8)));
        try {
            assertThat(run("produce", "--format", "tsv", "-")).isEqualTo(2);
        } finally {
            System.setIn(standardInput);
        }

        assertThat(err.toString()).contains("line 4").contains("the 2 samples before were sent");
        assertThat(read(kafka.topics().samples(), LabelledSample.class)).hasSize(2);
    }

    @Test
    void movesThePointerForwardAndBack() throws Exception {
        publish(50, 100);

        assertThat(run("promote", "50")).isZero();
        assertThat(run("promote", "100")).isZero();
        assertThat(run("rollback")).isZero();

        assertThat(out.toString().lines())
                .containsExactly("model m: 0 -> 50", "model m: 50 -> 100", "model m: 100 -> 50, pinned");
        Promotion newest = newestPromotion();
        assertThat(newest.getBy()).isEqualTo(PromotedBy.OPERATOR);
        assertThat(newest.getPinned()).isTrue();
        assertThat(run("versions")).isZero();
        assertThat(out.toString())
                .contains("model m, pinned")
                .contains("*         50")
                .contains("knn=0.750");
    }

    @Test
    void noVersionYetIsNoError() throws Exception {
        assertThat(run("versions")).isZero();
        assertThat(run("versions", "--model", "m")).isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .startsWith("no version yet in noVersionYetIsNoError.snapshots;")
                        .endsWith(" is reached; is --topic-prefix another?"));
    }

    @Test
    void namesTheKnownVersionsWhenThereIsNoSuchVersion() throws Exception {
        assertThat(run("promote", "50")).isEqualTo(2);
        assertThat(err.toString()).contains("no version of any model is published yet");
        publish(50, 100);

        assertThat(run("promote", "77")).isEqualTo(2);
        assertThat(run("rollback", "--model", "other")).isEqualTo(2);

        assertThat(err.toString()).contains("known are 0, 50, 100").contains("no model other; published are m");
        assertThat(read(kafka.topics().promotions(), Promotion.class)).isEmpty();
    }

    @Test
    void tellsHowAVersionCameToBe() throws Exception {
        publish(50, 100);

        assertThat(run("lineage", "100")).isZero();
        assertThat(run("lineage", "--json", "50")).isZero();
        assertThat(run("lineage", "77")).isEqualTo(2);

        assertThat(out.toString()).contains("trainingLog         0-99", "preset              STABLE", "knn=0.75");
        JsonNode json = lastLine();
        assertThat(json.path("version").asInt()).isEqualTo(50);
        assertThat(json.path("parents").get(0).asInt()).isZero();
        assertThat(out.toString()).contains("verdict             none yet");
        assertThat(json.path("verdict").asText()).isEqualTo("none: version 100 was published after it");
        assertThat(err.toString()).contains("model m has no version 77; known are 0, 50, 100");
    }

    private void publish(long... versions) throws Exception {
        try (var producer = new KafkaProducer<String, SnapshotManifest>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new AvroSerdes(kafka).serializer())) {
            for (long version : versions) {
                SnapshotManifest manifest = Manifests.of("m", version, NOW.plusSeconds(version));
                producer.send(new ProducerRecord<>(kafka.topics().snapshots(), "m:" + version, manifest))
                        .get();
            }
        }
    }

    private Promotion newestPromotion() {
        List<TopicReader.Entry<Promotion>> records = read(kafka.topics().promotions(), Promotion.class);
        assertThat(records)
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry.key()).isEqualTo("m"));
        return records.get(records.size() - 1).value();
    }

    private <T extends SpecificRecord> List<TopicReader.Entry<T>> read(String topic, Class<T> type) {
        try (var reader = new TopicReader<>(kafka, topic, type)) {
            return reader.readNew(LIMIT);
        }
    }

    private JsonNode lastLine() throws IOException {
        List<String> lines = out.toString().lines().toList();
        return JsonMapper.builder().build().readTree(lines.get(lines.size() - 1));
    }

    private int run(String command, String... arguments) {
        var all = new ArrayList<>(List.of(
                command,
                "--bootstrap",
                kafka.bootstrapServers(),
                "--registry",
                REGISTRY,
                "--topic-prefix",
                kafka.topicPrefix()));
        all.addAll(List.of(arguments));
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(all.toArray(String[]::new));
    }
}
