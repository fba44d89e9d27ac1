package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What someone sees who starts the platform at a console. */
class StandaloneCommandTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String FORMING = "Batch former state=RUNNING";

    @TempDir
    private Path directory;

    /** After a kill, which leaves state behind that Kafka rebuilds. */
    @Test
    void tellsTheAddressesAndThatTheModelIsStillLoaded() throws Exception {
        startAndKill();
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process child = start(out, err);
        try {
            await().atMost(LIMIT).until(() -> !child.isAlive() || (has(err, "Serving version=0") && has(err, FORMING)));
            child.destroy();

            assertThat(child.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).as(Files.readString(err)).isZero();
            // Loading takes seconds and telling none, so that the platform is told of before.
            assertThat(Files.readString(out))
                    .containsPattern("(?m)^Kafka +127\\.0\\.0\\.1:\\d+$")
                    .containsPattern("(?m)^inference +http://127\\.0\\.0\\.1:\\d+ \\(loading the model\\)$");
            assertThat(Files.readString(err))
                    .contains("Broker started")
                    .doesNotContain("QuorumController", "StateDirectory", "corrupted", "StateManager", "\tat ");
        } finally {
            child.destroyForcibly();
        }
    }

    private void startAndKill() throws Exception {
        Path err = directory.resolve("killed");
        Process child = start(directory.resolve("out"), err);
        try {
            await().atMost(LIMIT).until(() -> !child.isAlive() || has(err, FORMING));
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    private static boolean has(Path file, String text) throws IOException {
        return Files.readString(file).contains(text);
    }

    private Process start(Path out, Path err) throws IOException {
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-Dai.djl.offline=true",
                        MillraceMain.class.getName(),
                        "standalone",
                        "--data-dir",
                        directory.resolve("data").toString()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment()
                .putAll(Map.of(
                        "MILLRACE_LOG_LEVEL", "INFO",
                        "CLASSPATH", System.getProperty("java.class.path"),
                        "STANDALONE_BROKER_PORT", "0",
                        "STANDALONE_REGISTRY_PORT", "0",
                        "STANDALONE_INFERENCE_PORT", "0",
                        "STANDALONE_TRAINER_PORT", "0"));
        return builder.start();
    }
}
