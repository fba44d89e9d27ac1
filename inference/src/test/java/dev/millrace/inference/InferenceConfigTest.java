package dev.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.Pooling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceConfigTest {
    @TempDir
    Path directory;

    @Test
    void shippedDefaults() {
        InferenceConfig config = InferenceMain.config(new String[0], Map.of());

        assertThat(config.instance()).isEmpty();
        assertThat(config.kafka().bootstrapServers()).isEqualTo("localhost:9092");
        assertThat(config.kafka().registryUrl()).isEqualTo("http://localhost:8081");
        assertThat(config.kafka().topicPrefix()).isEqualTo("millrace.");
        assertThat(config.model())
                .isEqualTo(new ModelConfig(
                        "encoder",
                        InputKind.TEXT,
                        Path.of("model.onnx").toAbsolutePath(),
                        Path.of("tokenizer.json").toAbsolutePath(),
                        128,
                        "",
                        Path.of("preprocessor_config.json").toAbsolutePath(),
                        Pooling.MEAN,
                        ""));
        assertThat(config.snapshot().store())
                .isEqualTo(Path.of("data/snapshots").toAbsolutePath());
        assertThat(config.http())
                .isEqualTo(new InferenceConfig.Http("127.0.0.1", 8080, 1 << 20, 256, Duration.ofSeconds(10)));
        assertThat(config.encode()).isEqualTo(new InferenceConfig.Encode(0, 1024, 32));
    }

    @Test
    void aFileReplacesKeysAndTheEnvironmentReplacesBoth() throws Exception {
        Path file = Files.writeString(directory.resolve("own.yaml"), """
                model:
                  name: glosses
                  pooling: CLS
                http:
                  port: 9000
                """);

        InferenceConfig config = InferenceMain.config(
                new String[] {"--config", file.toString()},
                Map.of("INFERENCE_HTTP__PORT", "9001", "INFERENCE_INSTANCE", "left"));

        assertThat(config.model().name()).isEqualTo("glosses");
        assertThat(config.model().pooling()).isEqualTo(Pooling.CLS);
        assertThat(config.http().port()).isEqualTo(9001);
        assertThat(config.instance()).isEqualTo("left");
    }

    @Test
    void theKindOfInputIsOneOfThree() {
        InferenceConfig config = InferenceMain.config(
                new String[0], Map.of("INFERENCE_MODEL__INPUT", "image", "INFERENCE_MODEL__PREFIX", ""));

        assertThat(config.model().input()).isEqualTo(InputKind.IMAGE);
        assertThatThrownBy(() -> InferenceMain.config(new String[0], Map.of("INFERENCE_MODEL__INPUT", "sound")))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("model.input must be one of TEXT, IMAGE, FEATURES");
    }

    @Test
    void tellsEveryProblemAtOnce() throws Exception {
        Path file = Files.writeString(directory.resolve("odd.yaml"), """
                model:
                  maxTokens: 1
                  name: "a:b"
                http:
                  port: 70000
                encode:
                  treads: 3
                """);

        assertThatThrownBy(() -> InferenceMain.config(new String[] {"--config", file.toString()}, Map.of()))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("maxTokens")
                .hasMessageContaining("70000")
                .hasMessageContaining("treads");
    }

    @Test
    void aNameWithAColonWouldBreakTheKeysOfManifests() {
        assertThatThrownBy(() -> InferenceMain.config(new String[0], Map.of("INFERENCE_MODEL__NAME", "a:b")))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("a:b");
    }

    @Test
    void strangeArgumentsGetTheUsage() {
        assertThatThrownBy(() -> InferenceMain.config(new String[] {"--port", "1"}, Map.of()))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("--port 1")
                .hasMessageContaining("usage:");
    }
}
