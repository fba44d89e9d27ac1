package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.trainer.TrainerConfig;
import dev.millrace.trainer.TrainerMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the parts are told by the process that they share. */
class PartSettingsTest {
    @TempDir
    private Path directory;

    private PartSettings settings(Map<String, String> environment) {
        return settings(environment, directory.resolve("tokenizer.json"));
    }

    private PartSettings settings(Map<String, String> environment, @Nullable Path tokenizer) {
        StandaloneConfig.Encoder encoder = new StandaloneConfig.Encoder(
                "mine",
                directory.resolve("mine.onnx"),
                InputKind.TEXT,
                tokenizer,
                64,
                "query: ",
                null,
                Pooling.CLS,
                "hidden");
        return new PartSettings(
                new StandaloneConfig(0, 0, 0, 0, 1, encoder, null, null), directory.resolve("data"), environment);
    }

    private static TrainerConfig trainer(PartSettings settings) {
        return settings.trainer("localhost:1", "http://localhost:2", 3);
    }

    @Test
    void bothPartsGetOneModelOneStoreAndOneKafka() {
        PartSettings settings = settings(Map.of("TRAINER_SEED", "7", "INFERENCE_HTTP__MAX_INPUTS", "9"));

        TrainerConfig trainer = trainer(settings);
        InferenceConfig inference = settings.inference(trainer, 4, 8);

        assertThat(trainer.seed()).isEqualTo(7);
        assertThat(inference.http().maxInputs()).isEqualTo(9);
        assertThat(trainer.kafka().bootstrapServers()).isEqualTo("localhost:1");
        assertThat(inference.kafka()).isEqualTo(trainer.kafka());
        assertThat(inference.model()).isEqualTo(trainer.model());
        assertThat(trainer.model().prefix()).isEqualTo("query: ");
        assertThat(trainer.model().pooling()).isEqualTo(Pooling.CLS);
        assertThat(inference.snapshot().store())
                .isEqualTo(trainer.snapshot().store())
                .isEqualTo(directory.resolve("data/snapshots"));
        assertThat(trainer.http().port()).isEqualTo(3);
        assertThat(inference.http().port()).isEqualTo(4);
    }

    @Test
    void whatTheTrainerIsToldIsLoadedAgainFromItsYaml() throws IOException {
        TrainerConfig trainer = trainer(settings(Map.of(
                "TRAINER_POLICY__FREEZE", "[\"encoder/layer.{0,1}/**\"]",
                "TRAINER_GRPO__PRESET", "FAITHFUL",
                "TRAINER_SNAPSHOT__EVERY", "90s")));
        Path file = Files.writeString(directory.resolve("trainer.yaml"), ConfigLoader.effectiveYaml(trainer));

        TrainerConfig again = TrainerMain.load(Optional.of(file), Map.of());

        assertThat(again).isEqualTo(trainer);
        assertThat(again.weightSettings().sha256())
                .isEqualTo(trainer.weightSettings().sha256());
    }

    @ParameterizedTest(name = "{0} cores, {1} of them trained on: {2} serve")
    @CsvSource({"1, 2, 1", "2, 2, 1", "2, 1, 1", "4, 2, 2", "16, 2, 14"})
    void servingTakesTheCoresThatTrainingLeaves(int cores, String training, int serving) {
        PartSettings settings = settings(Map.of("TRAINER_POLICY__THREADS", training));

        assertThat(settings.inference(trainer(settings), 0, cores).encode().threads())
                .isEqualTo(serving);
    }

    @Test
    void servingTakesAsManyAsItIsTold() {
        PartSettings settings = settings(Map.of("INFERENCE_ENCODE__THREADS", "5"));

        assertThat(settings.inference(trainer(settings), 0, 2).encode().threads())
                .isEqualTo(5);
    }

    @Test
    void looksAtTheModelBeforeItAsksForItsTokenizer() throws IOException {
        Path model = directory.resolve("mine.onnx");
        PartSettings settings = settings(Map.of(), null);

        assertThatThrownBy(() -> trainer(settings))
                .isInstanceOf(StartupException.class)
                .hasMessage("no file " + model + "; give a plain float32 ONNX encoder as model.file");
        Files.writeString(model, "<html>404 not found</html>");
        assertThatThrownBy(() -> trainer(settings))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith(model + " is refused: ")
                .hasMessageContaining("ONNX")
                .message()
                .doesNotContain("tokenizer");
    }
}
