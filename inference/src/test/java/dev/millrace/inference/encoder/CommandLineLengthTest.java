package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineLengthTest {
    @TempDir
    private Path directory;

    private Path commandLine(int bytes) throws IOException {
        return Files.write(directory.resolve("cmdline"), new byte[bytes]);
    }

    @Test
    void refusesWhatTheRuntimeCrashesWithAndSaysWhatToDo() throws IOException {
        Path tooLong = commandLine(4_300);

        assertThatThrownBy(() -> CommandLineLength.requireShort(tooLong))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("has 4300 bytes")
                .hasMessageContaining("CLASSPATH");
    }

    @Test
    void takesWhatTheRuntimeTakes() throws IOException {
        Path fine = commandLine(4_000);

        assertThatCode(() -> CommandLineLength.requireShort(fine)).doesNotThrowAnyException();
    }

    @Test
    void saysNothingWhereTheSystemDoesNotTell() {
        assertThatCode(() -> CommandLineLength.requireShort(directory.resolve("missing")))
                .doesNotThrowAnyException();
    }

    /** When this fails, the runtime has been mended: the check may go. */
    @Test
    void theRuntimeStillCrashesByItself() throws Exception {
        assertThat(exitCode(6_000)).isNotZero();
        assertThat(exitCode(10)).isZero();
    }

    private int exitCode(int bytes) throws IOException, InterruptedException {
        ProcessBuilder child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dfiller=" + "x".repeat(bytes),
                        OpenOneSession.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        child.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return child.start().waitFor();
    }

    /** The child. */
    static final class OpenOneSession {
        private OpenOneSession() {}

        public static void main(String[] arguments) throws Exception {
            EncoderGraph graph = TinyEncoder.graph(17).withPooling(Pooling.MEAN);
            Map<String, ByteBuffer> weights = new HashMap<>();
            graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
            try (TextTokenizer tokenizer = TinyEncoder.tokenizer()) {
                OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), tokenizer, 1)
                        .close();
            }
        }
    }
}
