package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.TrainerConfig;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import dev.millrace.trainer.ingest.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user can get wrong before the first record. The limit: a stop must not wait for brokers that are away. */
@Timeout(25)
final class BatchFormerStartTest {
    private static final KafkaConfig NOWHERE = Samples.kafka("mock://start");
    private static final FormedModel CATS = new FormedModel("cats", new InputRule.Text());

    @TempDir
    private Path directory;

    private BatchFormer start(Path stateDirectory) {
        return BatchFormer.start(NOWHERE, CATS, IngestConfig.defaults(), BatchConfig.defaults(stateDirectory));
    }

    @Test
    void waitsForBrokersAndSaysSo() {
        try (BatchFormer former = start(directory)) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> former.health().state() == FormerHealth.State.WAITING_FOR_BROKER);

            assertThat(former.health().isReady()).isFalse();
            assertThat(former.health().cause()).contains("do not answer");
            assertThat(former.counts()).isEqualTo(IngestCounts.none());
        }
    }

    @Test
    void isClosedOnceClosed() {
        BatchFormer former = start(directory);

        former.close();

        assertThat(former.health().state()).isEqualTo(FormerHealth.State.CLOSED);
        assertThatCode(() -> start(directory).close()).doesNotThrowAnyException();
    }

    @Test
    void refusesAStateDirectoryInUse() {
        try (BatchFormer former = start(directory)) {
            assertThat(former.health().isReady()).isFalse();
            assertThatThrownBy(() -> start(directory))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("in use by another process");
        }
    }

    @Test
    void refusesAStateDirectoryThatIsAFile() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");

        assertThatThrownBy(() -> start(file))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void refusesAModelNameThatIsNoTopicName() {
        assertThatThrownBy(() -> BatchFormer.start(
                        NOWHERE,
                        new FormedModel("my model", new InputRule.Text()),
                        IngestConfig.defaults(),
                        BatchConfig.defaults(directory)))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("\"my model\"");
    }

    @Test
    void refusesSamplesLargerThanABatch() {
        FormedModel vectors = new FormedModel("cats", new InputRule.Features(200_000));
        BatchConfig small =
                new BatchConfig(16, Duration.ofSeconds(1), 500_000, 0, 1, "former", directory, GroupProtocol.CLASSIC);

        assertThatThrownBy(() -> BatchFormer.start(NOWHERE, vectors, IngestConfig.defaults(), small))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("batch.maxBytes is 500000")
                .hasMessageContaining("801800");
    }

    @Test
    void loadsItsDefaults() {
        TrainerConfig config = load(Map.of());

        assertThat(config.ingest()).isEqualTo(IngestConfig.defaults());
        assertThat(config.batch())
                .isEqualTo(BatchConfig.defaults(Path.of("data/former").toAbsolutePath()));
    }

    @Test
    void reportsEveryValueOutOfRangeAtOnce() {
        assertThatThrownBy(() -> load(Map.of(
                        "T_INGEST__MAX_TEXT_CHARS", "0",
                        "T_INGEST__DEDUPE_WINDOW", "0s",
                        "T_INGEST__HOLDOUT_FRACTION", "1",
                        "T_INGEST__MAX_IMAGE_BYTES", "0",
                        "T_BATCH__SIZE", "5000",
                        "T_BATCH__MAX_WAIT", "2h",
                        "T_BATCH__APPLICATION_ID", "a b")))
                .isInstanceOf(StartupException.class)
                .hasMessageContainingAll(
                        "maxTextChars", "maxImageBytes", "dedupeWindow", "holdoutFraction", "size", "maxWait");
        assertThatThrownBy(() -> load(Map.of("T_BATCH__APPLICATION_ID", "a b")))
                .hasMessageContaining("applicationId must match");
    }

    private static TrainerConfig load(Map<String, String> environment) {
        return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.empty(), "T", environment);
    }
}
