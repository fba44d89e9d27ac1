package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import dev.millrace.inference.encoder.InputBatch;
import dev.millrace.trainer.learn.SampleRows;
import dev.millrace.trainer.onnx.operator.Precision;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.policy.PolicyStep;
import dev.millrace.trainer.policy.TrainedTensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MiniLM, all of it trained with linear layers in bfloat16. */
class MixedPrecisionTest {
    private static final String COARSE = "POLICY__PRECISION=BFLOAT16";

    /**
     * A gradient comes through some 50 products, each of which rounds three times by at most one part in 256: like
     * independent errors they add up to about one part in 100, whose cosine is 0.99995. The limit allows four times that.
     */
    private static final double LEAST_COSINE = 0.999;

    private static final double NORM = 0.02;
    /** Of logits between -16 and 16. */
    private static final double LOGITS = 0.05;

    /** Adds the same to all scores of a token, which softmax takes out again: without rounding its gradient is zero. */
    private static final String WITHOUT_EFFECT = "attention.self.key.bias";

    @TempDir
    Path directory;

    @BeforeEach
    void needsTheInstructions() {
        assumeTrue(Precision.BFLOAT16.isNativeOn(Device.cpu()), "this CPU has no avx512_bf16");
    }

    @Test
    void aStepFollowsTheOneInFloat32() throws Exception {
        Step exact = step();
        Step coarse = step(COARSE);

        for (int row = 0; row < exact.logits().length; row++) {
            assertThat(coarse.logits()[row]).containsExactly(exact.logits()[row], within(LOGITS));
        }
        assertThat(coarse.gradients().keySet()).isEqualTo(exact.gradients().keySet());
        exact.gradients().forEach((name, gradient) -> {
            float[] other = Objects.requireNonNull(coarse.gradients().get(name));
            double norm = Math.sqrt(product(gradient, gradient));
            double otherNorm = Math.sqrt(product(other, other));
            if (name.endsWith(WITHOUT_EFFECT)) {
                assertThat(otherNorm).as(name).isLessThan(1e-5);
            } else {
                assertThat(norm).as(name).isGreaterThan(1e-4);
                assertThat(otherNorm / norm).as(name).isCloseTo(1, within(NORM));
                assertThat(product(gradient, other) / norm / otherNorm).as(name).isGreaterThan(LEAST_COSINE);
            }
        });
    }

    @Test
    void whatIsServedIsWhatWasTrained() throws Exception {
        try (WholeLoop loop = loop();
                LearnerParts parts = loop.open(COARSE)) {
            parts.policy().enterThread();
            for (int number = 0; number < 3; number++) {
                parts.learner().apply(loop.batch(number, number * WholeLoop.BATCH));
            }

            loop.proveAndServe(parts);
        }
    }

    /**
     * What one step gives.
     *
     * @param gradients a tenth of each tensor's gradient: AdamW's first moment after one update
     */
    private record Step(double[][] logits, Map<String, float[]> gradients) {}

    private Step step(String... settings) throws Exception {
        try (WholeLoop loop = loop();
                LearnerParts parts = loop.open(settings)) {
            EncoderPolicy policy = parts.policy();
            policy.enterThread();
            InputBatch rows = SampleRows.join(loop.batch(0, 0).samples());
            try (PolicyStep step = policy.openStep(rows);
                    PolicyStep inFloat32 = policy.openForward(rows)) {
                float[][] embeddings = inFloat32.embeddings();
                policy.appendClasses(List.of(embeddings[0], embeddings[1]));
                double[][] logits = step.logits();
                double[][] slope = new double[logits.length][];
                for (int row = 0; row < slope.length; row++) {
                    double pull = (row % 2 == 0 ? 1.0 : -1.0) / slope.length;
                    slope[row] = new double[] {-pull, pull};
                }
                policy.update(step, slope);
                return new Step(logits, firstMoments(policy));
            }
        }
    }

    private static Map<String, float[]> firstMoments(EncoderPolicy policy) {
        Map<String, float[]> moments = new LinkedHashMap<>();
        for (TrainedTensor tensor : policy.trained()) {
            float[] copy = new float[tensor.first().limit()];
            tensor.first().get(0, copy);
            moments.put(tensor.name(), copy);
        }
        return moments;
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private WholeLoop loop() {
        return new WholeLoop(directory, Encoders.miniLm(), Encoders::sample);
    }
}
