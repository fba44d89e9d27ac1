package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    private static final int SHIPPED_STEPS = 1000;

    @TempDir
    private Path directory;

    private enum Mode {
        FAST,
        WELL_DONE
    }

    private record Training(
            @Range(min = 1) int steps,

            @Range(min = 0, max = 1, minExclusive = true, maxExclusive = true)
            double epsilonLow,

            double epsilonHigh,
            @Range(min = 0.1, max = 3600) Duration every,
            Mode mode,
            boolean shuffle,
            List<String> layers) {
        Training {
            if (epsilonLow > epsilonHigh) {
                throw new IllegalArgumentException(
                        "epsilonLow must not exceed epsilonHigh, was " + epsilonLow + " and " + epsilonHigh);
            }
        }
    }

    private record Example(
            String name,
            Path model,
            Training training,
            KafkaConfig kafka,
            @Nullable Long seed) {}

    private static Example load(Optional<Path> userFile, Map<String, String> environment) {
        return ConfigLoader.load(Example.class, "example.yaml", userFile, "EXAMPLE", environment);
    }

    private Optional<Path> userFile(String yaml) throws IOException {
        return Optional.of(Files.writeString(directory.resolve("user.yaml"), yaml));
    }

    @Test
    void readsShippedValuesOfEveryType() {
        Example config = load(Optional.empty(), Map.of());

        assertThat(config.training())
                .isEqualTo(new Training(
                        SHIPPED_STEPS,
                        0.2,
                        0.3,
                        Duration.ofSeconds(30),
                        Mode.FAST,
                        true,
                        List.of("encoder.4", "encoder.5")));
        assertThat(config.kafka().registryProperties()).containsExactly(Map.entry("basic.auth.user.info", "user:word"));
        assertThat(config.model()).isEqualTo(Path.of("models/base.onnx").toAbsolutePath());
        assertThat(config.seed()).isNull();
    }

    @Test
    void userFileReplacesSingleKeysAndEnvironmentWinsOverIt() throws IOException {
        Optional<Path> file =
                userFile("seed: 7\ntraining:\n  steps: 5\n  every: PT2M\nkafka: {properties: {linger.ms: 5}}\n");

        Example config = load(
                file,
                Map.of(
                        "EXAMPLE_TRAINING__STEPS", "9",
                        "EXAMPLE_TRAINING__LAYERS", "a, b",
                        "EXAMPLE_TRAINING__MODE", "well-done",
                        "EXAMPLE_KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SSL",
                        "UNRELATED", "x"));

        assertThat(config.seed()).isEqualTo(7);
        assertThat(config.training().steps()).isEqualTo(9);
        assertThat(config.training().every()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.training().epsilonLow()).isEqualTo(0.2);
        assertThat(config.training().layers()).containsExactly("a", "b");
        assertThat(config.training().mode()).isEqualTo(Mode.WELL_DONE);
        assertThat(config.kafka().properties())
                .containsOnly(Map.entry("linger.ms", "5"), Map.entry("security.protocol", "SSL"));
        assertThat(config.name()).isEqualTo("river");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a,b | a;b",
                "layer.{3,4}/**, head | layer.{3,4}/**;head",
                "x,{a,b}/{c,d},y | x;{a,b}/{c,d};y",
                "[\"a,b\", '**/c'] | a,b;**/c",
                "[] | ``",
            })
    void readsListsFromVariables(String written, String expected) {
        assertThat(load(Optional.empty(), Map.of("EXAMPLE_TRAINING__LAYERS", written))
                        .training()
                        .layers())
                .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.split(";")));
    }

    @ParameterizedTest
    @CsvSource({"200ms,PT0.2S", "30s,PT30S", "5m,PT5M", "1h,PT1H", "PT1M30S,PT1M30S"})
    void readsDurations(String written, Duration expected) {
        assertThat(load(Optional.empty(), Map.of("EXAMPLE_TRAINING__EVERY", written))
                        .training()
                        .every())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "EXAMPLE_TRAINING__STEPS|many|training.steps must be a whole number, was \"many\" (from EXAMPLE_TRAINING__STEPS)",
                "EXAMPLE_TRAINING__STEPS|0|training.steps must be in [1, inf), was \"0\" (from EXAMPLE_TRAINING__STEPS)",
                "EXAMPLE_TRAINING__STEPS||missing key training.steps (from EXAMPLE_TRAINING__STEPS)",
                "EXAMPLE_TRAINING__EPSILON_LOW|1.4|training.epsilonLow must be in (0, 1), was \"1.4\" (from EXAMPLE_TRAINING__EPSILON_LOW)",
                "EXAMPLE_TRAINING__EPSILON_LOW|NaN|training.epsilonLow must be a finite number, was \"NaN\"",
                "EXAMPLE_TRAINING__EPSILON_LOW|0.5|training: epsilonLow must not exceed epsilonHigh, was 0.5 and 0.3 (set by EXAMPLE_TRAINING__EPSILON_LOW)",
                "EXAMPLE_TRAINING__EVERY|soon|training.every must be a duration such as 200ms, 30s, 5m, 2h, 1d or PT30S, was \"soon\"",
                "EXAMPLE_TRAINING__EVERY|50ms|training.every must be in [0.1s, 3600s], was \"50ms\"",
                "EXAMPLE_TRAINING__EVERY|PT-5S|training.every must be a duration",
                "EXAMPLE_TRAINING__MODE|slow|training.mode must be one of FAST, WELL_DONE, was \"slow\"",
                "EXAMPLE_TRAINING__SHUFFLE|yes|training.shuffle must be true or false, was \"yes\"",
                "EXAMPLE_TRAINING__LAYERS|[**/a]|training.layers must be a list, written a,b or [\"a\", \"b\"], was \"[**/a]\" (from EXAMPLE_TRAINING__LAYERS)",
                "EXAMPLE_TRAINING__PACE|1|unknown environment variable EXAMPLE_TRAINING__PACE",
                "EXAMPLE_TRAINING|1|training must be a section of keys, was \"1\" (from EXAMPLE_TRAINING)",
                "EXAMPLE_KAFKA__TOPIC_PREFIX|a/b|kafka: topicPrefix must match",
                "EXAMPLE_KAFKA__BOOTSTRAP_SERVERS|here|kafka: bootstrapServers must be host:port, or several separated by commas, but has \"here\"",
                "EXAMPLE_KAFKA__PROPERTIES__ACKS|banana|kafka: properties refused by Kafka's clients: Invalid value banana for configuration acks: String must be one of",
                "EXAMPLE_KAFKA__REGISTRY_URL|here:1|kafka: registryUrl must be http://host:port or https://host:port, or several",
            })
    void refusesOneWrongVariable(String name, @Nullable String value, String expected) {
        assertThatThrownBy(() -> load(Optional.empty(), Map.of(name, value == null ? "" : value)))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith("Configuration has 1 problem:")
                .hasMessageContaining(expected);
    }

    @Test
    void reportsEveryMistakeAtOnceWithItsPlace() throws IOException {
        Optional<Path> file = userFile("""
                nmae: brook
                model: null
                training:
                  steps: 1.5
                  layers: encoder
                  shuffle: [1]
                kafka:
                  topicPrefix: "a b"
                """);

        assertThatThrownBy(() -> load(file, Map.of("EXAMPLE_TRAINING__EPSILON_HIGH", "high", "EXAMPLE_NOTHING", "1")))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith("Configuration has 8 problems:")
                .hasMessageContaining("unknown key nmae (from " + file.get() + " line 1); allowed here: name, model")
                .hasMessageContaining("missing key model (from " + file.get() + " line 2)")
                .hasMessageContaining(
                        "training.steps must be a whole number, was \"1.5\" (from " + file.get() + " line 4)")
                .hasMessageContaining("training.layers must be a list, was \"encoder\"")
                .hasMessageContaining("training.shuffle must be true or false, was a list")
                .hasMessageContaining("kafka: topicPrefix must match")
                .hasMessageContaining("(set by " + file.get() + " line 8)")
                .hasMessageContaining("training.epsilonHigh must be a finite number")
                .hasMessageContaining("unknown environment variable EXAMPLE_NOTHING");
    }

    @Test
    void reportsKeysThatNoFileHas() {
        record Wanting(String name, int missingNumber, Path missingPath) {}

        assertThatThrownBy(
                        () -> ConfigLoader.load(Wanting.class, "example.yaml", Optional.empty(), "WANTING", Map.of()))
                .hasMessageContaining("missing key missingNumber")
                .hasMessageContaining("missing key missingPath");
    }

    @Test
    void reportsBrokenFileTogetherWithWrongVariable() throws IOException {
        Optional<Path> broken = userFile("name: [\n");

        assertThatThrownBy(() -> load(broken, Map.of("EXAMPLE_TRAINING__STEPS", "x")))
                .hasMessageContaining("user.yaml is no valid YAML")
                .hasMessageContaining("training.steps must be");
        assertThatThrownBy(() -> load(Optional.of(directory.resolve("absent.yaml")), Map.of("EXAMPLE_X", "x")))
                .hasMessageContaining("absent.yaml does not exist")
                .hasMessageContaining("EXAMPLE_X");
        assertThatThrownBy(() -> load(userFile("- a\n"), Map.of())).hasMessageContaining("must hold keys and values");
        assertThatThrownBy(() -> load(userFile("name: a\nname: b\n"), Map.of()))
                .hasMessageContaining("key name is written twice (" + directory.resolve("user.yaml") + " line 2)");
    }

    @Test
    void leavesForeignVariablesOfTheSamePrefixAlone() {
        Map<String, String> kubernetes = Map.of(
                "EXAMPLE_SERVICE_HOST", "10.0.0.1",
                "EXAMPLE_SERVICE_PORT_HTTP", "80",
                "EXAMPLE_PORT", "tcp://10.0.0.1:80",
                "EXAMPLE_PORT_80_TCP_ADDR", "10.0.0.1");

        assertThat(load(Optional.empty(), kubernetes)).isEqualTo(load(Optional.empty(), Map.of()));
    }

    @Test
    void neverPrintsSecrets() {
        Example config = load(Optional.empty(), Map.of());

        assertThat(config.toString()).doesNotContain("user:word");
        assertThat(ConfigLoader.effectiveYaml(config))
                .contains("basic.auth.user.info: '***'")
                .doesNotContain("user:word");
    }

    @Test
    void effectiveConfigurationCanBeLoadedAgain() throws IOException {
        Example config = load(Optional.empty(), Map.of("EXAMPLE_TRAINING__EVERY", "90s", "EXAMPLE_SEED", "3"));

        Example again = load(userFile(ConfigLoader.effectiveYaml(config)), Map.of());

        assertThat(again.training()).isEqualTo(config.training());
    }

    @Test
    void listsEveryValueByItsPath() {
        Example config = load(Optional.empty(), Map.of("EXAMPLE_TRAINING__EPSILON_LOW", "1.0e-7"));

        assertThat(ConfigLoader.values("training", config.training()))
                .containsExactly(
                        Map.entry("training.epsilonHigh", "0.3"),
                        Map.entry("training.epsilonLow", "0.0000001"),
                        Map.entry("training.every", "PT30S"),
                        Map.entry("training.layers[0]", "encoder.4"),
                        Map.entry("training.layers[1]", "encoder.5"),
                        Map.entry("training.mode", "FAST"),
                        Map.entry("training.shuffle", "true"),
                        Map.entry("training.steps", "1000"));
    }

    private record Numbers(
            double a, double b, double c, @Nullable Double none, int d) {}

    @Test
    void writesNumbersAlikeOnEveryVirtualMachine() {
        // Double.toString writes this as 1.9999999999999998E23 before Java 19.
        Numbers numbers = new Numbers(Double.parseDouble("2e23"), 16.0, 1.0 / 3, null, 16);

        assertThat(ConfigLoader.values("n", numbers))
                .containsExactly(
                        Map.entry("n.a", "200000000000000000000000"),
                        Map.entry("n.b", "16"),
                        Map.entry("n.c", "0.3333333333333333"),
                        Map.entry("n.d", "16"));
    }
}
