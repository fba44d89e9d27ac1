package dev.millrace.trainer.grpo;

import static dev.millrace.trainer.grpo.Batches.objective;
import static dev.millrace.trainer.grpo.Batches.onPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SkippedSamplesTest {

    @ParameterizedTest
    @EnumSource(Preset.class)
    void oneClassKnownMovesNothing(Preset preset) {
        StepResult result = onPolicy(preset.config(), new double[][] {{0.3}, {2}}, 0, 0);

        assertThat(result.logitGradient()).isDeepEqualTo(new double[2][1]);
        assertThat(result.skipped()).isEqualTo(Map.of(SkipCause.SINGLE_CLASS, 2));
        assertThat(result.used()).isZero();
        assertThat(result.loss()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Preset.class)
    void badSamplesAreCountedAndLeaveTheOthersAsTheyWere(Preset preset) {
        double[][] logits = {{1, 2, 3}, {1, Double.NaN, 0}, {Double.POSITIVE_INFINITY, 0, 0}, {0, 1, 0}, {5, 1, 2}};
        int[] targets = {0, 1, 1, Objective.NO_LABEL, 3};
        StepResult result = onPolicy(preset.config(), logits, targets);
        StepResult alone = onPolicy(preset.config(), new double[][] {{1, 2, 3}}, 0);

        assertThat(result.skipped())
                .isEqualTo(
                        Map.of(SkipCause.NON_FINITE, 2, SkipCause.MISSING_LABEL, 1, SkipCause.OUTSIDE_OUTPUT_SET, 1));
        assertThat(result.used()).isEqualTo(1);
        for (int k = 0; k < 3; k++) {
            assertThat(result.logitGradient()[0][k] * 5).isCloseTo(alone.logitGradient()[0][k], within(1e-12));
        }
        for (int row = 1; row < 5; row++) {
            assertThat(result.logitGradient()[row]).containsOnly(0);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void nonFiniteOldPolicyIsSkipped(double bad) {
        StepResult result = objective(Preset.FAITHFUL.config())
                .evaluate(new double[][] {{1, 2, 3}}, new double[][] {{-1, bad, -1}}, new int[] {0});

        assertThat(result.logitGradient()[0]).containsOnly(0);
        assertThat(result.skipped()).isEqualTo(Map.of(SkipCause.NON_FINITE, 1));
    }

    @Test
    void logitsTooFarApartForADoubleAreSkipped() {
        StepResult result = onPolicy(Preset.STABLE.config(), new double[][] {{1.7e308, -1.7e308, 0}}, 0);

        assertThat(result.skipped()).isEqualTo(Map.of(SkipCause.NON_FINITE, 1));
    }

    @Test
    void allRewardsEqualIsSkippedAndShown() {
        StepResult result = onPolicy(Preset.STABLE.config(), new double[][] {{500, 0, 0}, {0, 0, 0}}, 0, 1);

        assertThat(result.skipped()).isEqualTo(Map.of(SkipCause.ZERO_VARIANCE, 1));
        assertThat(result.logitGradient()[0]).containsOnly(0);
        assertThat(result.groups().orElseThrow().zeroStdFraction()).isEqualTo(0.5);
    }

    @Test
    void everyOutputCorrectGivesNoAdvantage() {
        AdvantageConfig config = Preset.FAITHFUL.config().advantage();

        assertThat(Advantages.of(config, new double[] {1, 1, 1}, 0, 0)).containsOnly(0);
    }

    @Test
    void retiredLabelIsSkipped() {
        BitSet retired = new BitSet();
        retired.set(2);
        double[][] logits = {{1, 2, 3}};
        for (Preset preset : Preset.values()) {
            StepResult result =
                    objective(preset.config()).evaluate(logits, LogProbabilities.of(logits, 1), new int[] {2}, retired);
            assertThat(result.skipped()).isEqualTo(Map.of(SkipCause.RETIRED_LABEL, 1));
        }
    }

    @Test
    void confidenceFilterSkipsTheNearlyCertain() {
        GrpoConfig config = Batches.with(Preset.FAITHFUL.config(), 1, 0.99);
        StepResult result = onPolicy(config, new double[][] {{6, 0}, {4, 0}, {0, 6}}, 0, 0, 0);

        assertThat(result.skipped()).isEqualTo(Map.of(SkipCause.CONFIDENT, 1));
        assertThat(result.used()).isEqualTo(2);
    }

    @Test
    void farApartPoliciesStayFinite() {
        double[][] logits = {{300, -300, 0}};
        double[][] old = LogProbabilities.of(new double[][] {{-300, 300, 0}}, 1);
        StepResult result = objective(Preset.FAITHFUL.config()).evaluate(logits, old, new int[] {0});

        assertThat(LogProbabilities.isFinite(result.logitGradient()[0])).isTrue();
        assertThat(result.loss()).isFinite();
    }

    @Test
    void emptyBatchIsFine() {
        StepResult result = onPolicy(Preset.STABLE.config(), new double[0][]);

        assertThat(result.used()).isZero();
        assertThat(result.loss()).isZero();
        assertThat(result.groups()).isEmpty();
    }

    @Test
    void differentBatchSizesAreRefused() {
        assertThatThrownBy(() -> objective(Preset.STABLE.config())
                        .evaluate(new double[2][3], new double[1][3], new int[] {0, 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("had 2, 1 and 2");
    }
}
