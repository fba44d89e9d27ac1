package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.onnx.operator.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Linear layers in bfloat16 belong to the training pass alone, which stays a pure function of its input. */
class MixedPrecisionStepTest {
    private static final String FAST = "freeze: [], encoderLearningRate: 0.01, schedule: {warmupSteps: 0}";
    private static final String COARSE = FAST + ", precision: BFLOAT16";
    private static final TokenBatch PROBE = TinyNetwork.tokens(5, 6, 99);

    private static void needsTheInstructions() {
        assumeTrue(Precision.BFLOAT16.isNativeOn(Device.cpu()), "this CPU has no avx512_bf16");
    }

    @Test
    void onlyThePassThatTrainsIsCoarse() throws Exception {
        needsTheInstructions();
        try (TinyTraining exact = TinyTraining.open(PolicySettings.of(FAST));
                TinyTraining coarse = TinyTraining.open(PolicySettings.of(COARSE));
                PolicyStep exactStep = exact.policy.openStep(PROBE);
                PolicyStep coarseStep = coarse.policy.openStep(PROBE);
                PolicyStep exactForward = exact.policy.openForward(PROBE);
                PolicyStep coarseForward = coarse.policy.openForward(PROBE)) {
            assertThat(coarseForward.embeddings()).isDeepEqualTo(exactForward.embeddings());
            assertThat(exactStep.embeddings()).isDeepEqualTo(exactForward.embeddings());
            assertThat(coarseStep.embeddings()[0]).isNotEqualTo(exactStep.embeddings()[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads: 1", "threads: 2", "accumulate: 2, lora: {rank: 2}"})
    void aRunThatIsCutByACheckpointLearnsTheSameBits(String further) throws Exception {
        needsTheInstructions();
        PolicyConfig config = PolicySettings.of(COARSE + ", " + further);
        try (TinyTraining whole = TinyTraining.open(config);
                TinyTraining first = TinyTraining.open(config);
                TinyTraining second = TinyTraining.open(config)) {
            whole.train(0, 9);
            first.train(0, 5);
            second.policy.restore(first.state(), first.progress());
            second.train(5, 9);

            assertThat(second.progress()).isEqualTo(whole.progress());
            assertThat(second.state()).usingRecursiveComparison().isEqualTo(whole.state());
        }
    }

    @Test
    void anUnknownPrecisionIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> PolicySettings.of("precision: FLOAT16"))
                .hasMessageContaining("policy.precision")
                .hasMessageContaining("FLOAT16")
                .hasMessageContaining("FLOAT32")
                .hasMessageContaining("BFLOAT16");
    }
}
