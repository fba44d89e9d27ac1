package dev.millrace.trainer.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.trainer.grpo.AdvantageConfig.Scale;
import dev.millrace.trainer.grpo.RewardConfig.Uniformity;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RewardsAndAdvantagesTest {
    private static final double EXACT = 1e-12;
    private static final double[] PI_OLD = {0.5, 0.3, 0.2};
    private static final double[] COSINES = {0.9, 0.5, -1};

    @Test
    void uniformityFormsAreAsDocumented() {
        assertThat(rewards(Uniformity.NONE)).containsExactly(new double[] {1, 0, 0}, within(EXACT));
        assertThat(rewards(Uniformity.NEG_PROB_WRONG)).containsExactly(new double[] {1, -0.3, -0.2}, within(EXACT));
        assertThat(rewards(Uniformity.NEG_PROB_ALL)).containsExactly(new double[] {0.5, -0.3, -0.2}, within(EXACT));
        assertThat(rewards(Uniformity.WRONG_DEVIATION)).containsExactly(new double[] {1, -0.05, 0.05}, within(EXACT));
        assertThat(rewards(Uniformity.PROTOTYPE))
                .containsExactly(new double[] {1, -Math.exp(-2), -Math.exp(-8)}, within(EXACT));
    }

    @Test
    void prototypeReadsCosinesFromTheLogitsOfACosineHead() {
        GrpoConfig config = Batches.with(
                Preset.FAITHFUL.config(),
                Batches.reward(Uniformity.PROTOTYPE),
                Preset.FAITHFUL.config().group());
        double[][] logits = {{16 * COSINES[0], 16 * COSINES[1], 16 * COSINES[2]}};
        double std = Batches.onPolicy(config, logits, 0).groups().orElseThrow().rewardStd();

        assertThat(std).isCloseTo(Advantages.std(rewards(Uniformity.PROTOTYPE), false), within(EXACT));
    }

    @Test
    void labelSmoothingSplitsTheAccuracyRewardAndCancelsUnderGroupStd() {
        RewardConfig smoothed = new RewardConfig(2, Uniformity.NONE, 0, 0.2, 2);
        double[] rewards = Rewards.of(smoothed, PI_OLD, COSINES, 1);

        assertThat(rewards).containsExactly(new double[] {0.2, 1.6, 0.2}, within(EXACT));
        assertThat(advantages(rewards)).containsExactly(advantages(new double[] {0, 1, 0}), within(EXACT));
    }

    @Test
    void advantagesAreInvariantToPositiveAffineMaps() {
        double[] rewards = {0.7, -0.3, 0.1, 0.05};
        double[] mapped = Arrays.stream(rewards).map(r -> 3.5 * r - 11).toArray();
        double[] shifted = Arrays.stream(rewards).map(r -> r + 42).toArray();

        assertThat(advantages(mapped)).containsExactly(advantages(rewards), within(EXACT));
        assertThat(advantages(shifted)).containsExactly(advantages(rewards), within(EXACT));
        for (Scale scale : Scale.values()) {
            AdvantageConfig config = new AdvantageConfig(scale, false, 0.1);
            assertThat(Advantages.of(config, shifted, 0.4, 0.7))
                    .containsExactly(Advantages.of(config, rewards, 0.4, 0.7), within(EXACT));
        }
    }

    @Test
    void divisorsAreAsDocumented() {
        double[] rewards = {1, 0, 0, 0};
        double centred = 0.75;
        double std = Advantages.std(rewards, false);

        assertThat(std).isCloseTo(Math.sqrt(3) / 4, within(EXACT));
        assertThat(Advantages.std(rewards, true)).isCloseTo(0.5, within(EXACT));
        assertThat(first(Scale.NONE, 0, rewards)).isCloseTo(centred, within(EXACT));
        assertThat(first(Scale.BATCH_STD, 0, rewards)).isCloseTo(centred / 0.25, within(EXACT));
        assertThat(first(Scale.GROUP_STD, 0, rewards)).isCloseTo(Math.sqrt(3), within(EXACT));
        assertThat(first(Scale.GROUP_STD, 4, rewards)).isCloseTo(centred / 2, within(EXACT));
    }

    @Test
    void batchStdChangesScaleButNotDirection() {
        double[][] logits = Batches.logits(1, 2, 5);
        GrpoConfig batchStd = Batches.with(
                Preset.CE_EQUIVALENT.config(),
                new AdvantageConfig(Scale.BATCH_STD, false, 0),
                Preset.CE_EQUIVALENT.config().surrogate());
        double[][] scaled = Batches.onPolicy(batchStd, logits, 0, 1).logitGradient();
        double[][] plain =
                Batches.onPolicy(Preset.CE_EQUIVALENT.config(), logits, 0, 1).logitGradient();

        double factor = scaled[0][0] / plain[0][0];
        assertThat(factor).isPositive();
        for (int row = 0; row < 2; row++) {
            for (int k = 0; k < 5; k++) {
                assertThat(scaled[row][k]).isCloseTo(factor * plain[row][k], within(EXACT));
            }
        }
    }

    private static double[] rewards(Uniformity uniformity) {
        return Rewards.of(Batches.reward(uniformity), PI_OLD, COSINES, 0);
    }

    private static double[] advantages(double[] rewards) {
        return Advantages.of(
                new AdvantageConfig(Scale.GROUP_STD, false, 0), rewards, Advantages.std(rewards, false), 1);
    }

    private static double first(Scale scale, double floor, double[] rewards) {
        double std = Advantages.std(rewards, false);
        return Advantages.of(new AdvantageConfig(scale, false, floor), rewards, std, 0.25)[0];
    }
}
