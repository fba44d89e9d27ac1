package dev.millrace.trainer.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.trainer.grpo.GroupConfig.Softmax;
import dev.millrace.trainer.grpo.RewardConfig.Uniformity;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubsetGroupTest {
    private static final int CLASSES = 60;

    @Test
    void onPolicyNothingOutsideTheGroupMoves() {
        double[][] logits = Batches.logits(1, 5, CLASSES);
        int[] targets = Batches.targets(2, 5, CLASSES);
        StepResult result = Batches.onPolicy(drawn(Uniformity.NEG_PROB_WRONG, Softmax.FULL), logits, targets);

        for (int row = 0; row < 5; row++) {
            double[] gradient = result.logitGradient()[row];
            long moved = Arrays.stream(gradient).filter(g -> g != 0).count();
            assertThat(moved).isBetween(9L, 10L); // label + 5 likely + 4 drawn, the label may be among the likely
            assertThat(gradient[targets[row]]).isNegative();
        }
    }

    @Test
    void fullAndRestrictedSoftmaxAgreeOnPolicyWithoutUniformity() {
        double[][] logits = Batches.logits(3, 5, CLASSES);
        int[] targets = Batches.targets(4, 5, CLASSES);
        double[][] full = Batches.onPolicy(drawn(Uniformity.NONE, Softmax.FULL), logits, targets)
                .logitGradient();
        double[][] restricted = Batches.onPolicy(drawn(Uniformity.NONE, Softmax.RESTRICTED), logits, targets)
                .logitGradient();

        for (int row = 0; row < 5; row++) {
            assertThat(restricted[row]).containsExactly(full[row], within(1e-15));
        }
    }

    @Test
    void offPolicyGradientEqualsFiniteDifferencesForBothSoftmaxes() {
        for (Softmax softmax : Softmax.values()) {
            GrpoConfig config = drawn(Uniformity.NEG_PROB_ALL, softmax);
            double[][] logits = Batches.logits(5, 1, CLASSES);
            double[][] old = LogProbabilities.of(Batches.near(logits, 6, 0.3), 1);
            double[] gradient = Batches.objective(config)
                    .evaluate(logits, old, new int[] {7})
                    .logitGradient()[0];
            for (int k = 0; k < CLASSES; k++) {
                assertThat(gradient[k]).isCloseTo(difference(config, logits, old, k), within(1e-6));
            }
        }
    }

    @Test
    void groupHoldsLabelAndMostLikelyAndIsDrawnAnew() {
        GroupSelection selection = new GroupSelection(new GroupConfig(20, 3, 4, Softmax.FULL), new SplittableRandom(1));
        double[] logPi = LogProbabilities.of(Batches.logits(9, 1, CLASSES)[0], 1);
        int[] byProbability = IntStream.range(0, CLASSES)
                .boxed()
                .sorted((a, b) -> Double.compare(logPi[b], logPi[a]))
                .mapToInt(i -> i)
                .toArray();
        int unlikely = byProbability[CLASSES - 1];
        int[] first = selection.select(logPi, unlikely);
        int[] second = selection.select(logPi, unlikely);

        assertThat(first).hasSize(8).isSorted().doesNotHaveDuplicates();
        assertThat(first).contains(unlikely, byProbability[0], byProbability[1], byProbability[2]);
        assertThat(second).contains(unlikely, byProbability[0], byProbability[1], byProbability[2]);
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void upToTheLimitEveryClassIsInTheGroup() {
        GroupSelection selection = new GroupSelection(new GroupConfig(20, 3, 4, Softmax.FULL), new SplittableRandom(1));

        assertThat(selection.select(new double[20], 0)).hasSize(20);
        assertThat(selection.select(new double[21], 0)).hasSize(8 - 1); // label 0 is the first of equal probabilities
    }

    private static double difference(GrpoConfig config, double[][] logits, double[][] old, int k) {
        double step = 1e-6;
        double[][] up = Batches.copy(logits);
        double[][] down = Batches.copy(logits);
        up[0][k] += step;
        down[0][k] -= step;
        int[] target = {7};
        return (Batches.objective(config).evaluate(up, old, target).loss()
                        - Batches.objective(config).evaluate(down, old, target).loss())
                / (2 * step);
    }

    private static GrpoConfig drawn(Uniformity uniformity, Softmax softmax) {
        return Batches.with(Preset.FAITHFUL.config(), Batches.reward(uniformity), new GroupConfig(20, 5, 4, softmax));
    }
}
