package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MillraceMainTest {
    private static final List<String> NOWHERE =
            List.of("--bootstrap", "127.0.0.1:1", "--registry", "http://127.0.0.1:1", "--timeout", "1");

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "produce",
                "produce file.tsv",
                "produce --bootstrap h:1 --registry http://u file.tsv --rate many",
                "produce --bootstrap h:1 --registry http://u --no-such-option file.tsv",
                "produce --bootstrap h:1 --registry http://u file.txt",
                "produce --bootstrap h:1 --registry http://u -",
                "produce --bootstrap h:1 --registry http://u no-such-file.tsv",
                "produce --bootstrap h:1 --registry http://u --rate -1 no-such-file.tsv",
                "promote --bootstrap h:1 --registry http://u",
                "promote --bootstrap h:1 --registry http://u latest",
                "rollback --bootstrap h:1 --registry http://u --topic-prefix a/b",
                "versions --bootstrap h",
                "dead-letters",
                "dead-letters list --registry u",
                "dead-letters list --bootstrap h:1 --registry http://u --offsets 9x",
                "dead-letters list --bootstrap h:1 --registry http://u --cause NONSENSE",
                "dead-letters list --bootstrap h:1 --registry http://u --since yesterday",
                "dead-letters replay --bootstrap h:1 --registry http://u --limit 0",
                "lineage --bootstrap h:1 --registry http://u",
                "replay",
                "replay --version latest",
                "replay --version 20 --data-dir no-such-directory",
                "replay --version 20 --data-dir no-such-directory --config no-such-file",
                "replay --version 20 --scratch no-such-directory",
                "inspect",
                "inspect no-such-file.onnx"
            })
    void answersMistakesWithOneLineAndExitCodeTwo(String arguments) {
        int code = run(arguments.isEmpty() ? List.of() : List.of(arguments.split(" ")));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1).first().asString().startsWith("millrace");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void saysThatAFileHoldsNoSample() throws IOException {
        Path file = Files.writeString(directory.resolve("header.tsv"), "text\tlabel\n");

        assertThat(run(Stream.concat(Stream.of("produce", file.toString()), NOWHERE.stream())
                        .toList()))
                .isZero();

        assertThat(err.toString()).isEqualTo(file + " holds no sample; nothing was sent\n");
        assertThat(out.toString()).isEqualTo("{\"samples\":0,\"bad\":0,\"seconds\":0.0,\"samplesPerSecond\":0}\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "inspect",
                "produce",
                "versions",
                "promote",
                "rollback",
                "dead-letters",
                "dead-letters list",
                "dead-letters show",
                "dead-letters replay",
                "lineage",
                "replay"
            })
    void explainsItselfEverywhere(String command) {
        int code = run(Stream.of(command + " --help")
                .flatMap(line -> Stream.of(line.strip().split(" ")))
                .toList());

        assertThat(code).isZero();
        assertThat(out.toString()).contains("Usage: millrace");
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', localhost:9092, http://localhost:8081",
        "b:1, http://r:2, b:1, http://r:2",
    })
    void connectsToTheEnvironmentsBrokerElseToThatOfThisMachine(
            String broker, String registry, String bootstrapServers, String registryUrl) throws Exception {
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MillraceMain.class.getName(),
                "versions",
                "--help");
        builder.environment().keySet().removeAll(List.of("MILLRACE_BOOTSTRAP", "MILLRACE_REGISTRY"));
        if (!broker.isEmpty()) {
            builder.environment().putAll(Map.of("MILLRACE_BOOTSTRAP", broker, "MILLRACE_REGISTRY", registry));
        }

        String help = help(builder).replaceAll("\\s+", " ");

        assertThat(help)
                .contains("(default: " + bootstrapServers + ", which MILLRACE_BOOTSTRAP in the environment changes)")
                .contains("(default: " + registryUrl + ", which MILLRACE_REGISTRY in the environment changes)");
    }

    private static String help(ProcessBuilder builder) throws Exception {
        Process process = builder.start();
        String help = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return help;
    }

    @Test
    void tellsItsVersion() {
        assertThat(run(List.of("--version"))).isZero();
        assertThat(out.toString()).startsWith("millrace ");
    }

    @Test
    void sendsNothingOfAFileWithUnreadableRows() throws IOException {
        Path file = Files.writeString(directory.resolve("rows.csv"), "text,label\na,x\nb\n");

        int code = produce(file);

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("1 of 2 rows cannot be read").contains("nothing was sent");
    }

    @Test
    void listsTheColumnsOfTheFileWhenTheNamesDoNotFit() throws IOException {
        Path file = Files.writeString(directory.resolve("rows.tsv"), "intent\tutterance\nx\thello\n");

        int code = produce(file);

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("columns seen: intent, utterance").contains("--text");
    }

    @Test
    void givesUpOnAnUnreachableBrokerWithExitCodeOne() throws IOException {
        Path file = Files.writeString(directory.resolve("rows.tsv"), "label\ttext\nx\thello\n");

        int code = produce(file);

        assertThat(code).isEqualTo(1);
        assertThat(err.toString()).contains("the broker at 127.0.0.1:1");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, http://r:1, a., --bootstrap must be host:port",
        "h:1, localhost:8081, a., --registry must be http://host:port",
        "h:1, http://r:1, a/b, --topic-prefix must match"
    })
    void namesTheOptionThatIsWrong(String bootstrap, String registry, String prefix, String message) {
        int code = run(List.of("versions", "--bootstrap", bootstrap, "--registry", registry, "--topic-prefix", prefix));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1).first().asString().contains(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"versions", "promote 3", "rollback", "lineage 3", "dead-letters list", "dead-letters replay"})
    void saysInOneLineThatTheBrokerIsAway(String command) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of("--bootstrap", "127.0.0.1:1", "--registry", "http://127.0.0.1:1", "--timeout", "1"));

        int code = run(arguments);

        assertThat(code).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly("millrace " + command.replace(" 3", "")
                        + ": gave up after 1 s of waiting for the broker at 127.0.0.1:1");
    }

    @ParameterizedTest
    @CsvSource({
        "--since yesterday, must be like 2026-01-31T12:00:00Z",
        "--until 2026-01-31, must be like 2026-01-31T12:00:00Z",
        "--offsets 9-3, --offsets is reversed: 9 is above 3; is 3-9 meant?",
        "--offsets 9x, --offsets must be like 17"
    })
    void namesTheFormThatAFilterOfDeadLettersMustHave(String option, String message) {
        List<String> arguments = new ArrayList<>(List.of("dead-letters", "list"));
        arguments.addAll(NOWHERE);
        arguments.addAll(List.of(option.split(" ")));

        assertThat(run(arguments)).isEqualTo(2);

        assertThat(err.toString().lines()).hasSize(1).first().asString().contains(message);
    }

    @Test
    void printsTheOperatorsFromTheCode() {
        int code = run(List.of("inspect", "--operators"));

        assertThat(code).isZero();
        assertThat(out.toString())
                .containsPattern("(?m)^LayerNormalization +17-21 +yes$")
                .containsPattern("(?m)^ArgMax +11-21 +none: ")
                .containsPattern("(?m)^LSTM +- +refused: recurrent layers are not implemented$");
    }

    @Test
    void refusesToInspectWhatIsNoModel() throws IOException {
        Path file = Files.writeString(directory.resolve("page.onnx"), "<html>404 not found</html>");

        int code = run(List.of("inspect", file.toString()));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("page.onnx is refused: holds no ONNX graph");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void namesInOneLineEachWhatAVersionCannotBeReplayedFrom() throws IOException {
        Path config = Files.writeString(
                directory.resolve("trainer.yaml"),
                "model: {file: /none/model.onnx, tokenizer: /none/tokenizer.json}\nsnapshot: {store: /none/store}\n");

        int code = run(List.of("replay", "--version", "20", "--config", config.toString()));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "millrace replay: The configuration names what is not there:",
                        "  - model.file /none/model.onnx is no file that can be read; name the one that the trainer reads",
                        "  - model.tokenizer /none/tokenizer.json is no file that can be read; name the one that the trainer"
                                + " reads",
                        "  - snapshot.store /none/store is no snapshot store; name the directory that the trainer writes to");
        assertThat(Path.of("/none")).doesNotExist();
    }

    private int produce(Path file) {
        return run(Stream.concat(Stream.of("produce", file.toString()), NOWHERE.stream())
                .toList());
    }

    private int run(List<String> arguments) {
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments.toArray(String[]::new));
    }
}
