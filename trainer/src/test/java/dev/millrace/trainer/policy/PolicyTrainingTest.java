package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.onnx.Placement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyTrainingTest {
    private static final String FAST = "freeze: [], encoderLearningRate: 0.01, schedule: {warmupSteps: 0}";
    private static final TokenBatch PROBE = TinyNetwork.tokens(5, 6, 99);

    @Test
    void runningStatisticsStayAndTheirScaleTrains() throws Exception {
        try (TinyTraining training = TinyTraining.open(PolicySettings.of(FAST))) {
            training.train(0, 5);
            EncoderGraph trained = training.exported();

            assertThat(floats(trained, "norm.running_mean")).isEqualTo(TinyTraining.base("norm.running_mean"));
            assertThat(floats(trained, "norm.running_var")).isEqualTo(TinyTraining.base("norm.running_var"));
            assertThat(floats(trained, "norm.weight")).isNotEqualTo(TinyTraining.base("norm.weight"));
            assertThat(floats(trained, "norm.bias")).isNotEqualTo(TinyTraining.base("norm.bias"));
        }
    }

    @Test
    void adaptersTrainAndMergeIntoThePlainGraph() throws Exception {
        PolicyConfig config = PolicySettings.of(FAST + ", lora: {rank: 2, alpha: 4}");
        try (TinyTraining training = TinyTraining.open(config)) {
            training.train(0, 8);

            Map<String, float[]> changed = training.weights();
            assertThat(changed).containsOnlyKeys("onnx::MatMul_0", "onnx::MatMul_1", EncoderGraph.HEAD_WEIGHT);
            assertThat(changed.get("onnx::MatMul_0")).isNotEqualTo(TinyTraining.base("onnx::MatMul_0"));
            assertThat(training.policy.frozen())
                    .containsKeys("embeddings.word_embeddings.weight", "norm.weight", "norm.running_var")
                    .doesNotContainKeys("onnx::MatMul_0", "onnx::MatMul_0.lora_down", EncoderGraph.HEAD_WEIGHT);
            assertThat(training.policy.trained())
                    .extracting(TrainedTensor::name)
                    .containsExactly(
                            EncoderGraph.HEAD_WEIGHT,
                            "onnx::MatMul_0.lora_down",
                            "onnx::MatMul_0.lora_up",
                            "onnx::MatMul_1.lora_down",
                            "onnx::MatMul_1.lora_up");
            // A step multiplies with matrix and change one after the other: rounded otherwise than the sum of both.
            float[][] merged = embeddings(training.exported());
            float[][] apart = embeddings(training);
            for (int row = 0; row < merged.length; row++) {
                assertThat(merged[row]).containsExactly(apart[row], within(1e-6f));
            }
        }
    }

    @Test
    void twoHalvesSideBySideTrainAsOneBatchDoes() throws Exception {
        try (TinyTraining whole = TinyTraining.open(PolicySettings.of(FAST + ", threads: 1"));
                TinyTraining halves = TinyTraining.open(PolicySettings.of(FAST + ", threads: 2"))) {
            Update one = whole.step(0, 1);
            Update two = halves.step(0, 1);

            assertThat(two.gradientNorm()).isCloseTo(one.gradientNorm(), within(1e-5 * one.gradientNorm()));
        }
    }

    @Test
    void anAdapterChangesNothingBeforeItHasTrained() throws Exception {
        try (TinyTraining adapted = TinyTraining.open(PolicySettings.of("lora: {rank: 3}"))) {
            assertThat(adapted.weights().get("onnx::MatMul_1")).isEqualTo(TinyTraining.base("onnx::MatMul_1"));
        }
    }

    @Test
    void gatheredGradientsMakeOneUpdateOfTheirMean() throws Exception {
        String plain = "freeze: [], encoderLearningRate: 0.01, clipNorm: 1000000, schedule: {warmupSteps: 0}";
        try (TinyTraining gathered = TinyTraining.open(PolicySettings.of(plain + ", accumulate: 2"));
                TinyTraining once = TinyTraining.open(PolicySettings.of(plain))) {
            Update first = gathered.step(0, 1);
            float[] untouched = gathered.weights().get("onnx::MatMul_0");
            Update second = gathered.step(0, 0);
            Update alone = once.step(0, 0.5);

            assertThat(first.outcome()).isEqualTo(Update.Outcome.GATHERED);
            assertThat(untouched).isEqualTo(TinyTraining.base("onnx::MatMul_0"));
            assertThat(second.outcome()).isEqualTo(Update.Outcome.APPLIED);
            assertThat(second.gradientNorm()).isCloseTo(alone.gradientNorm(), within(1e-6));
            assertThat(gathered.policy.steps()).isEqualTo(1);
            assertThat(gathered.policy.gathered()).isZero();
            assertClose(gathered.weights(), once.weights(), 1e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void checkpointBetweenGatheredGradientsChangesNoBit(int cut) throws Exception {
        PolicyConfig config = PolicySettings.of(FAST + ", accumulate: 3, lora: {rank: 2}");
        try (TinyTraining whole = TinyTraining.open(config);
                TinyTraining first = TinyTraining.open(config);
                TinyTraining second = TinyTraining.open(config)) {
            whole.train(0, 9);
            first.train(0, cut);
            second.policy.restore(first.state(), first.progress());
            second.train(cut, 9);

            assertThat(first.policy.gathered()).isEqualTo(cut % 3);
            assertThat(second.progress()).isEqualTo(whole.progress());
            assertThat(second.state()).usingRecursiveComparison().isEqualTo(whole.state());
        }
    }

    @Test
    void aGradientThatIsNotFiniteChangesNothing() throws Exception {
        for (Placement placement : List.of(Placement.on(Device.cpu()), new Placement(Device.cpu(), false))) {
            try (TinyTraining training = TinyTraining.open(PolicySettings.of(FAST), placement)) {
                training.train(0, 3);
                List<TrainedTensor> before = training.state();

                assertThat(training.step(3, Double.POSITIVE_INFINITY).outcome()).isEqualTo(Update.Outcome.REFUSED);

                assertThat(training.state()).usingRecursiveComparison().isEqualTo(before);
                assertThat(training.step(4, 1).outcome()).isEqualTo(Update.Outcome.APPLIED);
            }
        }
    }

    /**
     * The path of a GPU on the CPU: nothing shared, native optimizer, norm and sums in the engine. Each update starts from the
     * same state, since AdamW makes differences of rounding in the smallest gradients large over some steps.
     */
    @ParameterizedTest
    @ValueSource(strings = {"accumulate: 1", "accumulate: 2", "lora: {rank: 2}", "clipNorm: 0.05, layerDecay: 0.7"})
    void copiedMemoryGivesTheNumbersOfSharedMemory(String further) throws Exception {
        PolicyConfig config = PolicySettings.of(FAST + ", " + further);
        try (TinyTraining shared = TinyTraining.open(config);
                TinyTraining copied = TinyTraining.open(config, new Placement(Device.cpu(), false))) {
            for (int number = 0; number < 10; number++) {
                copied.policy.restore(shared.state(), shared.progress());

                Update expected = shared.step(number, 1);
                Update update = copied.step(number, 1);

                assertThat(update.outcome()).isEqualTo(expected.outcome());
                assertThat(update.gradientNorm() / expected.gradientNorm()).isCloseTo(1, within(1e-6));
                assertThat(copied.progress()).isEqualTo(shared.progress());
                assertClose(copied.weights(), shared.weights(), 1e-6);
            }
        }
    }

    @Test
    void copiedMemoryIsNeverAView() throws Exception {
        try (TinyTraining copied = TinyTraining.open(PolicySettings.of(FAST), new Placement(Device.cpu(), false))) {
            copied.train(0, 3);
            double[][] before = copied.logits(PROBE);

            copied.policy.trained().forEach(tensor -> tensor.values().put(0, 1e6f));

            assertThat(copied.logits(PROBE)).isDeepEqualTo(before);
        }
    }

    private static float[][] embeddings(EncoderGraph graph) throws Exception {
        PolicyConfig frozen = PolicySettings.of("train: [], freeze: []");
        try (EncoderPolicy policy = EncoderPolicy.open(graph, frozen)) {
            policy.enterThread();
            try (PolicyStep step = policy.openForward(PROBE)) {
                return step.embeddings();
            }
        }
    }

    private static float[][] embeddings(TinyTraining training) {
        try (PolicyStep step = training.policy.openForward(PROBE)) {
            return step.embeddings();
        }
    }

    private static float[] floats(EncoderGraph graph, String name) {
        var values = graph.weight(name).asFloatBuffer();
        float[] copy = new float[values.remaining()];
        values.get(copy);
        return copy;
    }

    /** The tolerance is of a weight's size, at least of 1: a float of 2.4 has steps of 2.4e-7. */
    private static void assertClose(Map<String, float[]> actual, Map<String, float[]> expected, double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> {
            float[] found = Objects.requireNonNull(actual.get(name));
            assertThat(found).as(name).hasSameSizeAs(values);
            for (int i = 0; i < values.length; i++) {
                float allowed = (float) tolerance * Math.max(1, Math.abs(values[i]));
                assertThat(found[i]).as(name).isCloseTo(values[i], within(allowed));
            }
        });
    }
}
