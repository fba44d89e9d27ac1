package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.trainer.learn.WeightSettings;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which settings a checkpoint is bound to. */
class TrainerConfigTest {
    private static final WeightSettings SHIPPED = settings(Map.of());

    @Test
    void bindsToEverythingThatShapesTheWeights() {
        assertThat(SHIPPED.values())
                .containsEntry("seed", "42")
                .containsEntry("grpo.preset", "STABLE")
                .containsEntry("grpo.temperature", "1")
                .containsEntry("policy.freeze[0]", "**/word_embeddings/**")
                .containsEntry("policy.schedule.warmupSteps", "20")
                .containsEntry("replay.perBatch", "16")
                .containsEntry("model.maxTokens", "128");
    }

    /** Recorded by themselves, without effect, or the preset's own value spelt out. */
    @ParameterizedTest
    @CsvSource({
        "POLICY__DEVICE, CPU",
        "POLICY__THREADS, 1",
        "MODEL__FILE, elsewhere.onnx",
        "POLICY__LORA__ALPHA, 8",
        "GRPO__TEMPERATURE, 1.0",
        "POLICY__NO_DECAY, ''",
        "BATCH__SIZE, 32"
    })
    void isNotBoundToWhatDoesNotShapeThem(String variable, String value) {
        assertThat(settings(Map.of("TRAINER_" + variable, value)).sha256()).isEqualTo(SHIPPED.sha256());
    }

    @ParameterizedTest
    @CsvSource({
        "POLICY__LORA__RANK, 4",
        "POLICY__ACCUMULATE, 2",
        "POLICY__PRECISION, BFLOAT16",
        "GRPO__TEMPERATURE, 2",
        "MODEL__PREFIX, 'query: '",
        "SEED, 43",
        "REPLAY__CAPACITY, 10",
        "POLICY__NO_DECAY, x",
        "MODEL__POOLING, CLS"
    })
    void isBoundToWhatShapesThem(String variable, String value) {
        assertThat(settings(Map.of("TRAINER_" + variable, value)).sha256()).isNotEqualTo(SHIPPED.sha256());
    }

    private static WeightSettings settings(Map<String, String> environment) {
        return TrainerMain.load(Optional.empty(), environment).weightSettings();
    }
}
