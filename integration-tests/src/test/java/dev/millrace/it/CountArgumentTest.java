package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.verify.ImagesVerify;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody meets who gives a program something else than its number. */
class CountArgumentTest {
    @ParameterizedTest
    @CsvSource({"abc, 'abc' is not a long", "0, N must be from 1 to 2147483647", "4 5, Unmatched argument"})
    void endsWithOneLineAndExitCodeTwo(String arguments, String message) throws Exception {
        var command = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ImagesVerify.class.getName());
        command.command().addAll(java.util.List.of(arguments.split(" ")));
        Process process =
                command.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();

        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(said.lines())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("verify images: ")
                .contains(message);
    }
}
