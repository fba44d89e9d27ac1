package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.standalone.broker.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a command in a process of its own shows: what it makes of its environment, and how it ends by a signal. */
class CommandProcessTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int TERMINATED = 143;

    @TempDir
    private Path directory;

    @Test
    void aLevelOfLoggingThatThereIsNoneOfIsNamed() throws Exception {
        Process child = start(Map.of("MILLRACE_LOG_LEVEL", "LOUD"), "versions");

        assertThat(child.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(2);
        assertThat(err())
                .isEqualTo("millrace: MILLRACE_LOG_LEVEL must be one of TRACE, DEBUG, INFO, WARN, ERROR, OFF,"
                        + " was \"LOUD\"; left out it is INFO, or for a command ERROR\n");
    }

    @Test
    void theInferenceServiceNamesItselfInWhatItPrints() throws Exception {
        Process child = start(Map.of(), "inference", "--config", "no-such-file.yaml");

        assertThat(child.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(2);
        assertThat(err().lines().filter(line -> line.contains("Configuration has")))
                .singleElement()
                .asString()
                .startsWith("millrace-inference: Configuration has ");
    }

    @Test
    void anInterruptedProducerSaysHowManySamplesAreStored() throws Exception {
        Path file = Files.writeString(directory.resolve("rows.tsv"), "text\tlabel\n" + "a text\tnoun\n".repeat(5_000));
        try (var broker = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
            var kafka = new KafkaConfig(broker.bootstrapServers(), "mock://child", "m.", Map.of(), Map.of());
            new TopicProvisioner(kafka).provisionTraining(1, 1);
            Process child = start(
                    Map.of(),
                    "produce",
                    "--rate",
                    "50",
                    "--bootstrap",
                    kafka.bootstrapServers(),
                    "--registry",
                    kafka.registryUrl(),
                    "--topic-prefix",
                    kafka.topicPrefix(),
                    file.toString());
            try (var samples = new CommittedReader(kafka, List.of(kafka.topics().samples()))) {
                List<Long> stored = new ArrayList<>();
                await().atMost(LIMIT).until(() -> {
                    samples.readNew(LIMIT, sample -> stored.add(sample.offset()));
                    return stored.size() > 5 || !child.isAlive();
                });
                child.destroy();

                assertThat(child.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(child.exitValue()).as(err()).isEqualTo(TERMINATED);
                assertThat(err())
                        .containsPattern("(?m)^interrupted: at least [1-9]\\d* of 5000 samples are acknowledged;"
                                + " sending the whole file again is safe$");
            } finally {
                child.destroyForcibly();
            }
        }
    }

    private String err() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                MillraceMain.class.getName()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command)
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().putAll(environment);
        return builder.start();
    }
}
