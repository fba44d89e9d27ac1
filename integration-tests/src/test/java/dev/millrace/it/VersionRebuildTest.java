package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.RebuildReport;
import dev.millrace.trainer.Trainer;
import dev.millrace.trainer.TrainerMain;
import dev.millrace.trainer.VersionRebuild;
import dev.millrace.trainer.announce.KafkaVersionCatalog;
import dev.millrace.trainer.announce.VersionCatalog;
import dev.millrace.trainer.learn.CheckpointDirectory;
import dev.millrace.trainer.learn.KafkaTrainingLog;
import dev.millrace.trainer.learn.LogPosition;
import dev.millrace.trainer.learn.TrainingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Published versions are trained again and compared; whatever was damaged is named. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class VersionRebuildTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROUNDS = 5;
    /** Behind the 61 bytes of a record batch's head, of which the first ones have no checksum. */
    private static final int WITHIN_THE_FIRST_ENTRY = 100;

    @TempDir
    private static Path directory;

    private static LiveKafka kafka;
    private static Map<String, String> settings;
    private static NavigableMap<Long, SnapshotManifest> versions;

    @BeforeAll
    static void train() throws Exception {
        kafka = LiveKafka.start(directory.resolve("kafka"));
        KafkaConfig config = kafka.topics("rebuild.", 2);
        settings = settings(config, ModelFiles.small(directory));
        try (SampleFeed feed = new SampleFeed(config, 5);
                Trainer trainer = Trainer.start(TrainerMain.load(Optional.empty(), settings))) {
            for (int round = 0; round < ROUNDS; round++) {
                int checkpoints = positions().size();
                feed.send(80);
                feed.flush();
                await().atMost(LIMIT).until(() -> positions().size() > checkpoints);
            }
            long third = positions().get(2);
            await().atMost(LIMIT).until(() -> trainer.published() > Math.max(third, 15));
        }
        try (VersionCatalog catalog = new KafkaVersionCatalog(config, "encoder")) {
            assertThat(catalog.refresh(LIMIT)).isTrue();
            versions = catalog.manifests();
        }
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    private static Map<String, String> settings(KafkaConfig config, ModelFiles model) {
        Map<String, String> settings = new HashMap<>();
        settings.put("TRAINER_KAFKA__BOOTSTRAP_SERVERS", config.bootstrapServers());
        settings.put("TRAINER_KAFKA__REGISTRY_URL", config.registryUrl());
        settings.put("TRAINER_KAFKA__TOPIC_PREFIX", config.topicPrefix());
        settings.put("TRAINER_MODEL__FILE", model.onnx().toString());
        settings.put("TRAINER_MODEL__TOKENIZER", model.tokenizer().toString());
        settings.put("TRAINER_BATCH__SIZE", "8");
        settings.put("TRAINER_BATCH__MAX_WAIT", "200ms");
        settings.put(
                "TRAINER_BATCH__STATE_DIRECTORY", directory.resolve("former").toString());
        settings.put("TRAINER_POLICY__THREADS", "1");
        settings.put("TRAINER_REPLAY__PER_BATCH", "4");
        settings.put(
                "TRAINER_CHECKPOINT__DIRECTORY",
                directory.resolve("checkpoints").toString());
        settings.put("TRAINER_CHECKPOINT__EVERY", "100ms");
        settings.put("TRAINER_CHECKPOINT__KEEP", "1000");
        settings.put("TRAINER_SNAPSHOT__STORE", directory.resolve("store").toString());
        settings.put("TRAINER_SNAPSHOT__EVERY_STEPS", "5");
        settings.put("TRAINER_HTTP__PORT", "0");
        return settings;
    }

    @Test
    @Order(1)
    void findsEveryBitAgain() throws Exception {
        RebuildReport report = rebuild(versions.lastKey(), Map.of());

        assertThat(report.differences()).isEmpty();
        assertThat(report.isIdentical()).isTrue();
        assertThat(report.start()).contains("base model");
        assertThat(report.entries()).isGreaterThan(15);
        assertThat(report.tensors())
                .isEqualTo(versions.lastEntry().getValue().getTensors().size());
    }

    @Test
    @Order(2)
    void namesADamagedBlobABaseFileAndASettingThatChanged() throws Exception {
        Path store = copy(directory.resolve("store"), directory.resolve("damaged-store"));
        String head = versions.firstEntry().getValue().getTensors().stream()
                .filter(tensor -> tensor.getName().contains("head"))
                .findFirst()
                .orElseThrow()
                .getSha256();
        flip(store.resolve("blobs").resolve(head.substring(0, 2)).resolve(head), 0);
        Path base = Files.copy(ModelFiles.small(directory).onnx(), directory.resolve("damaged.onnx"));
        flip(base, Files.size(base) / 2);

        assertThat(rebuild(versions.firstKey(), Map.of("TRAINER_SNAPSHOT__STORE", store.toString()))
                        .differences())
                .singleElement()
                .asString()
                .contains("head", "is damaged");
        assertThat(rebuild(versions.firstKey(), Map.of("TRAINER_MODEL__FILE", base.toString()))
                        .differences())
                .singleElement()
                .asString()
                .contains("base file", "damaged.onnx");
        assertThat(rebuild(versions.firstKey(), Map.of("TRAINER_SEED", "43")).differences())
                .singleElement()
                .asString()
                .isEqualTo("seed was 42, is 43");
    }

    @Test
    @Order(3)
    void namesTheLogEntryThatIsDamaged() throws Exception {
        Path segment = segment();
        kafka.stopBroker();
        flip(segment, WITHIN_THE_FIRST_ENTRY);
        kafka.startBroker();
        try {
            RebuildReport report = rebuild(versions.lastKey(), Map.of());

            assertThat(report.isIdentical()).isFalse();
            assertThat(report.differences().get(0)).contains("training log rebuild.batches-0", "offset", "corrupt");
        } finally {
            kafka.stopBroker();
            flip(segment, WITHIN_THE_FIRST_ENTRY);
            kafka.startBroker();
        }
    }

    @Test
    @Order(4)
    void saysWhichVersionIsNotListed() {
        assertThatThrownBy(() -> rebuild(1_000_000, Map.of()))
                .isInstanceOf(StartupException.class)
                .hasMessageMatching("model .* lists no version 1000000; known are \\d+(, \\d+)*");
    }

    @Test
    @Order(5)
    void beginsWithTheOldestCheckpointFromWhichACutLogStillLeadsToTheVersion() throws Exception {
        List<Long> positions = positions();
        assertThat(positions.get(2)).isLessThan(versions.lastKey());
        cutLog(positions.get(1));

        RebuildReport report = rebuild(versions.lastKey(), Map.of());

        assertThat(report.differences()).isEmpty();
        assertThat(report.isIdentical()).isTrue();
        assertThat(report.start())
                .isEqualTo("checkpoint " + checkpoint(positions.get(1))
                        + ", since retention has cut the training log before offset " + positions.get(1));
        assertThat(report.entries()).isBetween(1L, versions.lastKey() - positions.get(1));
    }

    @Test
    @Order(6)
    void passesOverADamagedCheckpointAndNamesIt() throws Exception {
        List<Long> positions = positions();
        Path damaged = copy(directory.resolve("checkpoints"), directory.resolve("damaged-checkpoints"));
        flip(damaged.resolve(checkpoint(positions.get(1))), 2_000);

        RebuildReport report = rebuild(versions.lastKey(), Map.of("TRAINER_CHECKPOINT__DIRECTORY", damaged.toString()));

        assertThat(report.start()).startsWith("checkpoint " + checkpoint(positions.get(2)));
        assertThat(report.differences())
                .singleElement()
                .asString()
                .contains(checkpoint(positions.get(1)), "is damaged", "its SHA-256 differs");
    }

    @Test
    @Order(7)
    void refusesWithTheFirstOffsetHeldAndThePositionsThatWouldDo() throws Exception {
        long begin = positions().get(1);
        long version = versions.lastKey();
        String nothing = directory.resolve("nothing").toString();
        Path older = Files.createDirectories(directory.resolve("older"));
        String oldest = checkpoint(positions().get(0));
        Files.copy(directory.resolve("checkpoints").resolve(oldest), older.resolve(oldest));
        String refusal = "version " + version + " cannot be rebuilt: the training log begins at offset " + begin
                + ", so a checkpoint of a position from " + begin + " to " + (version - 1) + " is needed, and ";

        assertThatThrownBy(() -> rebuild(version, Map.of("TRAINER_CHECKPOINT__DIRECTORY", nothing)))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith(refusal)
                .hasMessageEndingWith("nothing has none. Name a directory that has one by --checkpoint-directory");
        assertThatThrownBy(() -> rebuild(version, Map.of("TRAINER_CHECKPOINT__DIRECTORY", older.toString())))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith(
                        refusal + older + " has those of [" + positions().get(0) + "]. Name");
    }

    @Test
    @Order(8)
    void aTrainerWhoseNextEntryIsCutSaysFromWhereItCouldGoOn() {
        try (TrainingLog log =
                new KafkaTrainingLog(kafka.config("rebuild."), new LogPosition(0, 0), "encoder", sample -> {
                    throw new IllegalStateException("nothing can be read");
                })) {
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThatThrownBy(() -> log.poll(Duration.ofMillis(200)))
                            .isInstanceOf(StartupException.class)
                            .hasMessageContaining("no longer holds offset 0")
                            .hasMessageContaining(
                                    "it begins at offset " + positions().get(1)));
        }
    }

    private static List<Long> positions() throws IOException {
        return CheckpointDirectory.list(directory.resolve("checkpoints")).keySet().stream()
                .sorted()
                .toList();
    }

    private static String checkpoint(long position) {
        return String.format("checkpoint-%020d.ckpt", position);
    }

    private static void cutLog(long before) throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", settings.get("TRAINER_KAFKA__BOOTSTRAP_SERVERS")))) {
            admin.deleteRecords(Map.of(new TopicPartition("rebuild.batches", 0), RecordsToDelete.beforeOffset(before)))
                    .all()
                    .get();
        }
    }

    private static RebuildReport rebuild(long version, Map<String, String> changed) throws Exception {
        Map<String, String> environment = new HashMap<>(settings);
        environment.putAll(changed);
        Path scratch = Files.createTempDirectory(directory, "scratch");
        return VersionRebuild.of(Optional.empty(), environment, Optional.empty(), scratch)
                .run(version, position -> {});
    }

    private static Path segment() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("kafka"))) {
            return files.filter(file -> file.toString().contains("rebuild.batches-0"))
                    .filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
        return to;
    }
}
