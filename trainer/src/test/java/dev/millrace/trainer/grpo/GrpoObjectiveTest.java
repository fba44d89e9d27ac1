package dev.millrace.trainer.grpo;

import static dev.millrace.trainer.grpo.Batches.objective;
import static dev.millrace.trainer.grpo.Batches.onPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.trainer.grpo.AdvantageConfig.Scale;
import dev.millrace.trainer.grpo.RewardConfig.Uniformity;
import dev.millrace.trainer.grpo.SurrogateConfig.Kind;
import dev.millrace.trainer.grpo.SurrogateConfig.Reduction;
import java.util.BitSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GrpoObjectiveTest {
    private static final double EXACT = 1e-12;

    static Stream<Arguments> everyCombination() {
        return Stream.of(Uniformity.values())
                .flatMap(uniformity -> Stream.of(Scale.values())
                        .flatMap(scale -> Stream.of(Reduction.values())
                                .map(reduction -> Arguments.of(uniformity, scale, reduction))));
    }

    @ParameterizedTest
    @MethodSource("everyCombination")
    void gradientEqualsFiniteDifferencesOffPolicy(Uniformity uniformity, Scale scale, Reduction reduction) {
        // PROTOTYPE reads its reward from the logits that move here, so its constants have to be held fixed: weight 0.
        double weight = uniformity == Uniformity.PROTOTYPE ? 0 : 1;
        for (Kind kind : new Kind[] {Kind.PPO_CLIP, Kind.NO_CLIP}) {
            GrpoConfig config = Batches.with(
                    Batches.with(
                            Preset.STABLE.config(),
                            new RewardConfig(1, uniformity, weight, 0.05, 2),
                            Preset.STABLE.config().group()),
                    new AdvantageConfig(scale, true, 0.1),
                    new SurrogateConfig(kind, 0.2, 0.28, reduction));
            assertGradientMatchesDifferences(Batches.with(config, 0.7, 1), 7);
        }
    }

    @Test
    void gradientEqualsFiniteDifferencesWhereMostTermsAreClipped() {
        double[][] logits = Batches.logits(3, 16, 9);
        double[][] old = Batches.near(logits, 4, 1.5);
        StepResult result = objective(Preset.FAITHFUL.config())
                .evaluate(logits, LogProbabilities.of(old, 1), Batches.targets(5, 16, 9));

        assertThat(result.groups().orElseThrow().clippedFraction()).isBetween(0.2, 0.9);
        assertGradientMatchesDifferences(Preset.FAITHFUL.config(), 9);
    }

    /** CISPO stops the gradient at its ratio, so it is compared with the differentiated formula. */
    @Test
    void cisposGradientIsThatOfTheWeightedLogLikelihood() {
        GrpoConfig config = Batches.with(
                Preset.FAITHFUL.config(), Preset.FAITHFUL.config().advantage(), Batches.surrogate(Kind.CISPO));
        double[] logits = {0.4, -1.2, 0.3};
        double[] logPi = LogProbabilities.of(logits, 1);
        double[] old = LogProbabilities.of(new double[] {-0.4, 0.1, 0.2}, 1);

        double[] gradient = objective(config)
                .evaluate(new double[][] {logits}, new double[][] {old}, new int[] {0})
                .logitGradient()[0];

        double[] rewards = {1, -Math.exp(old[1]), -Math.exp(old[2])};
        double std = Advantages.std(rewards, false);
        double mean = Advantages.mean(rewards);
        double[] weights = new double[3];
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            weights[i] = Math.min(Math.exp(logPi[i] - old[i]), 1.2) * (rewards[i] - mean) / std;
            sum += weights[i];
        }
        for (int k = 0; k < 3; k++) {
            assertThat(gradient[k]).isCloseTo(-(weights[k] - Math.exp(logPi[k]) * sum) / 3, within(EXACT));
        }
    }

    @Test
    void accuracyOnlyPushesTheSameWhateverTheLogits() {
        int n = 10;
        double[][] logits = Batches.logits(1, 4, n);
        int[] targets = {0, 3, 9, 5};
        StepResult result = onPolicy(Preset.ACCURACY_ONLY.config(), logits, targets);

        for (int row = 0; row < 4; row++) {
            for (int k = 0; k < n; k++) {
                double advantage = k == targets[row] ? Math.sqrt(n - 1) : -1 / Math.sqrt(n - 1);
                assertThat(result.logitGradient()[row][k]).isCloseTo(-advantage / n / 4, within(EXACT));
            }
        }
        assertThat(result.groups().orElseThrow().targetAdvantage()).isCloseTo(3, within(EXACT));
        assertThat(result.groups().orElseThrow().rewardStd()).isCloseTo(0.3, within(EXACT));
    }

    @Test
    void negativeProbabilityWithoutDivisorIsCrossEntropy() {
        double[][] logits = Batches.logits(2, 6, 7);
        int[] targets = Batches.targets(3, 6, 7);

        StepResult grpo = onPolicy(Preset.CE_EQUIVALENT.config(), logits, targets);
        StepResult crossEntropy = onPolicy(Preset.CROSS_ENTROPY.config(), logits, targets);

        for (int row = 0; row < 6; row++) {
            assertThat(grpo.logitGradient()[row]).containsExactly(crossEntropy.logitGradient()[row], within(EXACT));
        }
    }

    @Test
    void groupStdGivesEverySampleTheSameNorm() {
        int n = 12;
        GrpoConfig noFloor = Batches.with(
                Preset.STABLE.config(),
                new AdvantageConfig(Scale.GROUP_STD, false, 0),
                Preset.STABLE.config().surrogate());
        double[][] logits = Batches.logits(8, 5, n);
        logits[0][2] = 6; // nearly certain, and still full length
        StepResult result = onPolicy(noFloor, logits, 2, 1, 0, 4, 11);

        for (double[] row : result.logitGradient()) {
            assertThat(Batches.norm(row) * 5).isCloseTo(1 / Math.sqrt(n), within(EXACT));
        }
    }

    @Test
    void stableFadesOnceTheLabelIsNearlyCertain() {
        double[][] logits = new double[2][10];
        logits[0][0] = 2;
        logits[1][0] = 9;
        double[][] gradient = onPolicy(Preset.STABLE.config(), logits, 0, 0).logitGradient();

        assertThat(Batches.norm(gradient[0]) * 2).isCloseTo(1 / Math.sqrt(10), within(EXACT));
        assertThat(Batches.norm(gradient[1])).isLessThan(0.05 * Batches.norm(gradient[0]));
    }

    @ParameterizedTest
    @EnumSource(
            value = Preset.class,
            names = {"STABLE", "FAITHFUL", "ACCURACY_ONLY", "CE_EQUIVALENT"})
    void surrogatesAgreeOnPolicy(Preset preset) {
        double[][] logits = Batches.logits(11, 8, 6);
        int[] targets = Batches.targets(12, 8, 6);
        AdvantageConfig advantage = preset.config().advantage();
        double[][] clip = onPolicy(preset.config(), logits, targets).logitGradient();

        for (Kind kind : Kind.values()) {
            Reduction reduction = preset.config().surrogate().reduction();
            SurrogateConfig surrogate = new SurrogateConfig(kind, 0.2, 0.2, reduction);
            double[][] other = onPolicy(Batches.with(preset.config(), advantage, surrogate), logits, targets)
                    .logitGradient();
            assertThat(other).isDeepEqualTo(clip);
        }
    }

    /** Cross-entropy's start in the softmax gravity well, and the expectation objective that stays in it. */
    @Test
    void faithfulEscapesFromATinyProbabilityAndTheExactExpectationDoesNot() {
        assertThat(stepsUntilSure(Preset.FAITHFUL, 200)).isLessThan(60);
        assertThat(stepsUntilSure(Preset.STABLE, 200)).isLessThan(60);
        assertThat(expectationProbabilityAfter(2_000)).isLessThan(1e-4);
    }

    @Test
    void appendedClassRebuildsTheOldPolicy() {
        double[][] logits = Batches.logits(20, 3, 5);
        double[][] staleOld = LogProbabilities.of(Batches.logits(20, 3, 4), 1);
        int[] targets = {4, 0, 2};
        StepResult result = objective(Preset.STABLE.config()).evaluate(logits, staleOld, targets);

        assertThat(result.rebuiltOldPolicies()).isEqualTo(3);
        assertThat(result.used()).isEqualTo(3);
        assertThat(result.logitGradient())
                .isDeepEqualTo(onPolicy(Preset.STABLE.config(), logits, targets).logitGradient());
    }

    @Test
    void retiredClassesLeaveGroupAndSoftmax() {
        BitSet retired = new BitSet();
        retired.set(1);
        double[][] logits = {{0.3, 40, -0.2, 1.1}};
        double[][] without = {{0.3, -0.2, 1.1}};
        for (Preset preset : Preset.values()) {
            double[] masked = objective(preset.config())
                    .evaluate(logits, LogProbabilities.of(logits, 1), new int[] {3}, retired)
                    .logitGradient()[0];
            double[] small = onPolicy(preset.config(), without, 2).logitGradient()[0];
            assertThat(masked).containsExactly(new double[] {small[0], 0, small[1], small[2]}, within(EXACT));
        }
    }

    @Test
    void inputsAreNotModified() {
        double[][] logits = Batches.logits(1, 2, 4);
        double[][] old = LogProbabilities.of(Batches.logits(2, 2, 4), 1);
        double[][] logitsBefore = Batches.copy(logits);
        double[][] oldBefore = Batches.copy(old);
        objective(Preset.STABLE.config()).evaluate(logits, old, new int[] {0, 1});

        assertThat(logits).isDeepEqualTo(logitsBefore);
        assertThat(old).isDeepEqualTo(oldBefore);
    }

    private static void assertGradientMatchesDifferences(GrpoConfig config, int classes) {
        double step = 1e-6;
        double[][] logits = Batches.logits(30, 4, classes);
        double[][] old = LogProbabilities.of(Batches.near(logits, 31, 0.5), config.temperature());
        int[] targets = Batches.targets(32, 4, classes);
        double[][] gradient = objective(config).evaluate(logits, old, targets).logitGradient();
        for (int row = 0; row < 4; row++) {
            for (int k = 0; k < classes; k++) {
                double[][] up = Batches.copy(logits);
                double[][] down = Batches.copy(logits);
                up[row][k] += step;
                down[row][k] -= step;
                double difference = objective(config).evaluate(up, old, targets).loss()
                        - objective(config).evaluate(down, old, targets).loss();
                assertThat(gradient[row][k]).isCloseTo(difference / (2 * step), within(1e-6));
            }
        }
    }

    private static int stepsUntilSure(Preset preset, int limit) {
        double[][] logits = hopeless();
        for (int steps = 0; steps < limit; steps++) {
            if (Math.exp(LogProbabilities.of(logits[0], 1)[0]) > 0.9) {
                return steps;
            }
            double[] gradient = onPolicy(preset.config(), logits, 0).logitGradient()[0];
            for (int k = 0; k < gradient.length; k++) {
                logits[0][k] -= gradient[k] * Math.sqrt(gradient.length); // a step of about unit length
            }
        }
        return limit;
    }

    /** Gradient ascent on sum_i pi_i r_i: d/dz_k = pi_k (1[k = y] - pi_y). */
    private static double expectationProbabilityAfter(int steps) {
        double[] logits = hopeless()[0];
        for (int step = 0; step < steps; step++) {
            double[] logPi = LogProbabilities.of(logits, 1);
            for (int k = 0; k < logits.length; k++) {
                logits[k] += Math.exp(logPi[k]) * ((k == 0 ? 1 : 0) - Math.exp(logPi[0]));
            }
        }
        return Math.exp(LogProbabilities.of(logits, 1)[0]);
    }

    /** Ten classes, the label at a probability of about 1e-6, a rival near 1. */
    private static double[][] hopeless() {
        double[][] logits = new double[1][10];
        logits[0][0] = -6.5;
        logits[0][1] = 7.3;
        return logits;
    }
}
