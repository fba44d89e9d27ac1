package dev.millrace.trainer.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.GateRule;
import dev.millrace.trainer.evaluate.EmbeddingHealth;
import dev.millrace.trainer.evaluate.EncoderEvaluation;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
    private static final Gate GATE = new Gate(new GateConfig(0.02, 1e-4, 0.9, 0.5, 50));
    private static final EncoderEvaluation FROZEN = evaluation(0.80, 0.2, 200, 100);
    private static final EncoderEvaluation CHAMPION = evaluation(0.90, 0.1, 220, 100);
    private static final EncoderEvaluation GOOD = evaluation(0.91, 0.1, 210, 100);

    @Test
    void promotesWhatKeepsEveryRule() {
        Verdict verdict = GATE.judge(challenge(1e-6, true, false, GOOD));

        assertThat(verdict).isInstanceOf(Verdict.Promote.class);
        assertThat(verdict.rules())
                .extracting(RuleOutcome::rule)
                .containsExactly(
                        GateRule.PARITY,
                        GateRule.FINITE,
                        GateRule.MEAN_COSINE,
                        GateRule.EFFECTIVE_RANK,
                        GateRule.KNN_MARGIN,
                        GateRule.NOT_PINNED);
        assertThat(verdict.rules()).allSatisfy(rule -> assertThat(rule.detail()).isNotBlank());
    }

    @Test
    void valuesExactlyOnTheLimitPass() {
        assertPromoted(challenge(1e-4, true, false, evaluation(0.88, 0.9, 100, 50)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1.1e-4, Double.NaN, Double.POSITIVE_INFINITY})
    void holdsOnParity(double parity) {
        assertHeld(GateRule.PARITY, challenge(parity, true, false, GOOD));
    }

    @Test
    void holdsOnValuesThatAreNotFinite() {
        EncoderEvaluation broken =
                new EncoderEvaluation(0.95, 0.9, 0.9, 0.9, 0.9, new EmbeddingHealth(false, 0.1, 210), 200, 100);

        assertHeld(GateRule.FINITE, challenge(1e-6, false, false, GOOD));
        assertHeld(GateRule.FINITE, challenge(1e-6, true, false, broken));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.901, 1.0, Double.NaN})
    void holdsOnCollapsedEmbeddings(double meanCosine) {
        assertHeld(GateRule.MEAN_COSINE, challenge(1e-6, true, false, evaluation(0.91, meanCosine, 210, 100)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {99.9, 1.0, Double.NaN})
    void holdsOnLostRank(double effectiveRank) {
        assertHeld(GateRule.EFFECTIVE_RANK, challenge(1e-6, true, false, evaluation(0.91, 0.1, effectiveRank, 100)));
    }

    @Test
    void holdsWhereTheFrozenRankIsUnknown() {
        Challenge challenge = new Challenge(1e-6, true, false, evaluation(0.8, 0.2, Double.NaN, 100), CHAMPION, GOOD);

        assertHeld(GateRule.EFFECTIVE_RANK, challenge);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.8799, 0.0, Double.NaN})
    void holdsOnLostAccuracy(double knn) {
        assertHeld(GateRule.KNN_MARGIN, challenge(1e-6, true, false, evaluation(knn, 0.1, 210, 50)));
    }

    @Test
    void holdsWhereTheChampionsAccuracyIsUnknown() {
        Challenge challenge = new Challenge(1e-6, true, false, FROZEN, evaluation(Double.NaN, 0.1, 220, 100), GOOD);

        assertHeld(GateRule.KNN_MARGIN, challenge);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, Double.NaN})
    void tooSmallAHoldoutDoesNotJudgeAccuracyAndSaysSo(double knn) {
        Challenge challenge = challenge(1e-6, true, false, evaluation(knn, 0.1, 210, 49));

        assertPromoted(challenge);
        assertThat(GATE.judge(challenge).rules())
                .filteredOn(rule -> rule.rule() == GateRule.KNN_MARGIN)
                .singleElement()
                .satisfies(
                        rule -> assertThat(rule.detail()).isEqualTo("not judged: 49 holdout samples, 50 are needed"));
    }

    @Test
    void holdsOverAPinnedVersion() {
        assertHeld(GateRule.NOT_PINNED, challenge(1e-6, true, true, GOOD));
    }

    @Test
    void namesEveryBrokenRule() {
        Verdict verdict = GATE.judge(challenge(1, false, true, evaluation(0.1, 0.99, 3, 100)));

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Hold.class, hold -> assertThat(failed(hold)).hasSize(6));
    }

    @Test
    void limitsOutOfRangeAreRefusedWithKeyAndValue() {
        refused("gate.knnMargin", "-0.1", () -> new GateConfig(-0.1, 1e-4, 0.9, 0.5, 50));
        refused("gate.parityLimit", "0.0", () -> new GateConfig(0.02, 0, 0.9, 0.5, 50));
        refused("gate.maxMeanCosine", "1.5", () -> new GateConfig(0.02, 1e-4, 1.5, 0.5, 50));
        refused("gate.minEffectiveRankOfFrozen", "NaN", () -> new GateConfig(0.02, 1e-4, 0.9, Double.NaN, 50));
        refused("gate.minHoldout", "0", () -> new GateConfig(0.02, 1e-4, 0.9, 0.5, 0));
    }

    private static List<RuleOutcome> failed(Verdict verdict) {
        return verdict.rules().stream().filter(rule -> !rule.passed()).toList();
    }

    private static void assertPromoted(Challenge challenge) {
        assertThat(GATE.judge(challenge)).isInstanceOf(Verdict.Promote.class);
    }

    private static void assertHeld(GateRule rule, Challenge challenge) {
        assertThat(GATE.judge(challenge))
                .isInstanceOfSatisfying(
                        Verdict.Hold.class,
                        hold -> assertThat(failed(hold))
                                .extracting(RuleOutcome::rule)
                                .containsExactly(rule));
    }

    private static void refused(String key, String value, ThrowingCallable construction) {
        assertThatThrownBy(construction)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(key)
                .hasMessageEndingWith("was " + value);
    }

    private static Challenge challenge(double parity, boolean finite, boolean pinned, EncoderEvaluation challenger) {
        return new Challenge(parity, finite, pinned, FROZEN, CHAMPION, challenger);
    }

    private static EncoderEvaluation evaluation(double knn, double meanCosine, double rank, int holdout) {
        EmbeddingHealth health = new EmbeddingHealth(true, meanCosine, rank);
        return new EncoderEvaluation(knn, 0.9, 0.9, 0.9, 0.9, health, 200, holdout);
    }
}
