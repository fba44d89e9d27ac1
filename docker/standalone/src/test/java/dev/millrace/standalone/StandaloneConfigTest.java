package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandaloneConfigTest {
    @TempDir
    private Path directory;

    @Test
    void shippedValuesServeTheEncoderThatComesAlong() {
        StandaloneConfig config = StandaloneConfig.load(Optional.empty(), Map.of());

        assertThat(config)
                .isEqualTo(new StandaloneConfig(
                        9092,
                        8081,
                        8080,
                        8090,
                        1,
                        new StandaloneConfig.Encoder(
                                "all-minilm-l6-v2", null, InputKind.TEXT, null, 128, "", null, Pooling.MEAN, ""),
                        null,
                        null));
    }

    @Test
    void fileReplacesKeysAndVariablesReplaceBoth() throws IOException {
        Path file = Files.writeString(directory.resolve("user.yaml"), """
                brokerPort: 0
                samplePartitions: 6
                model: {name: mine, maxTokens: 64}
                """);

        StandaloneConfig config = StandaloneConfig.load(
                Optional.of(file),
                Map.of("STANDALONE_SAMPLE_PARTITIONS", "3", "STANDALONE_MODEL__POOLING", "CLS", "TRAINER_SEED", "7"));

        assertThat(config.brokerPort()).isZero();
        assertThat(config.registryPort()).isEqualTo(8081);
        assertThat(config.samplePartitions()).isEqualTo(3);
        assertThat(config.model().name()).isEqualTo("mine");
        assertThat(config.model().maxTokens()).isEqualTo(64);
        assertThat(config.model().pooling()).isEqualTo(Pooling.CLS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "STANDALONE_BROKER_PORT|65536|brokerPort must be in [0, 65535], was \"65536\" (from STANDALONE_BROKER_PORT)",
                "STANDALONE_INFERENCE_PORT|-1|inferencePort must be in [0, 65535], was \"-1\"",
                "STANDALONE_SAMPLE_PARTITIONS|0|samplePartitions must be in [1, 1000], was \"0\"",
                "STANDALONE_MODEL__MAX_TOKENS|2|model.maxTokens must be in [3, 8192], was \"2\"",
                "STANDALONE_MODEL__INPUT|SOUND|model.input must be one of TEXT, IMAGE, FEATURES, was \"SOUND\"",
                "STANDALONE_MODEL__INPUT|IMAGE|model: input IMAGE needs preprocessing, a preprocessor_config.json",
                "STANDALONE_MODEL__INPUT|FEATURES|model: input FEATURES needs file: the encoder that comes along reads TEXT",
                "STANDALONE_MODEL__NAMES|a|unknown environment variable STANDALONE_MODEL__NAMES"
            })
    void refusesInWords(String variable, String value, String problem) {
        assertThatThrownBy(() -> StandaloneConfig.load(Optional.empty(), Map.of(variable, value)))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith("Configuration has 1 problem:")
                .hasMessageContaining(problem);
    }

    @Test
    void refusesKeysThatItHasNot() throws IOException {
        Path file = Files.writeString(directory.resolve("user.yaml"), "brokerport: 1\nmodel: {fille: a.onnx}\n");

        assertThatThrownBy(() -> StandaloneConfig.load(Optional.of(file), Map.of()))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("unknown key brokerport (from " + file + " line 1); allowed here: brokerPort, ")
                .hasMessageContaining("unknown key model.fille (from " + file + " line 2); allowed here: name, file, ");
    }
}
