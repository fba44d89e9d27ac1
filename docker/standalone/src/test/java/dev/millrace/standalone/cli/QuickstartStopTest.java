package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A quickstart that is told to stop in the middle says so, and does not take its own end for failures. */
class QuickstartStopTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    /** Width of the terminal it draws on: so that each redraw is seen, and whole. */
    private static final String COLUMNS = "400";

    private static final Pattern TRAINING = Pattern.compile("accuracy 0\\.\\d+ .*[1-9]\\d* requests, 0 failed");
    private static final Pattern FAILED = Pattern.compile("(\\d+) failed");

    @TempDir
    private Path directory;

    @Test
    void stopsWithoutCountingItselfAsAFailure() throws Exception {
        Path output = directory.resolve("err");
        Process child = start(output);
        try {
            await().atMost(LIMIT)
                    .until(() -> !child.isAlive()
                            || lines(output).stream()
                                    .anyMatch(line -> TRAINING.matcher(line).find()));
            child.destroy();

            assertThat(child.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            List<String> lines = lines(output);
            assertThat(child.exitValue()).as(lines.toString()).isZero();
            assertThat(lines.get(lines.size() - 1)).isEqualTo("stopping");
            assertThat(lines.stream()
                            .flatMap(line -> FAILED.matcher(line).results())
                            .map(failed -> failed.group(1)))
                    .isNotEmpty()
                    .containsOnly("0");
            assertThat(lines).noneMatch(line -> line.contains("waits to be published"));
        } finally {
            child.destroyForcibly();
        }
    }

    private Process start(Path output) throws IOException {
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dai.djl.offline=true",
                "-Dmillrace.columns=" + COLUMNS,
                MillraceMain.class.getName(),
                "quickstart",
                "--data-dir",
                directory.resolve("data").toString());
        var builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(output.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    /** What was said and drawn, each drawing a line of its own. */
    private static List<String> lines(Path output) throws IOException {
        try (Stream<String> lines =
                Stream.of(Files.readString(output, StandardCharsets.UTF_8).split("[\r\n]+"))) {
            return lines.map(line -> line.replace("\u001B[K", ""))
                    .filter(line -> !line.isBlank())
                    .toList();
        }
    }
}
