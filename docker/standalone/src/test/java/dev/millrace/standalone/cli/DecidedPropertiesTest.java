package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What {@code --property} takes. */
class DecidedPropertiesTest {
    private static final List<String> NOWHERE =
            List.of("--bootstrap", "127.0.0.1:1", "--registry", "http://127.0.0.1:1", "--timeout", "1");
    private static final String GAVE_UP =
            "millrace versions: gave up after 1 s of waiting for the broker at 127.0.0.1:1";

    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "acks=banana             | refused by Kafka's clients: Invalid value banana for configuration acks: String",
                "linger.ms=soon          | refused by Kafka's clients: Invalid value soon for configuration linger.ms: Not a number",
                "acks=0                  | acks is set by Millrace itself, whose promises rest on it; leave it out",
                "bootstrap.servers=h:1   | bootstrap.servers is what --bootstrap says; leave it out",
                "compression.type=gzip   | compression.type is chosen by Millrace for each topic; leave it out",
                "max.block.ms=9          | max.block.ms follows from --timeout; leave it out"
            })
    void whatNobodyWouldHeedIsRefused(String property, String problem) {
        assertThat(run("versions", "--property", property)).isEqualTo(2);

        assertThat(err.toString()).startsWith("millrace versions: --property " + problem);
    }

    @Test
    void ofSeveralTheFirstInAFixedOrderIsNamed() {
        assertThat(run("versions", "--property", "isolation.level=read_committed", "--property", "acks=all"))
                .isEqualTo(2);

        assertThat(err.toString()).startsWith("millrace versions: --property acks is set");
    }

    @Test
    void whatNoClientKnowsIsWarnedOfOnceAndHandedOn() {
        assertThat(run("versions", "--property", "my.plugin.key=1")).isEqualTo(1);

        assertThat(err.toString().lines())
                .containsExactly(
                        "warning: --property my.plugin.key is no property of Kafka's clients; it is handed on, since a"
                                + " plug-in of theirs may know it",
                        GAVE_UP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"request.timeout.ms", "delivery.timeout.ms"})
    void timeoutsAreRefusedOnlyBySendingWhichDerivesThem(String name, @TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("rows.tsv"), "label\ttext\nx\thello\n");

        assertThat(run("produce", file.toString(), "--property", name + "=9000"))
                .isEqualTo(2);
        assertThat(run("versions", "--property", name + "=9000")).isEqualTo(1);

        assertThat(err.toString().lines())
                .containsExactly(
                        "millrace produce: --property " + name + " follows from --timeout; leave it out", GAVE_UP);
    }

    private int run(String... arguments) {
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(
                Stream.concat(Stream.of(arguments), NOWHERE.stream()).toArray(String[]::new));
    }
}
