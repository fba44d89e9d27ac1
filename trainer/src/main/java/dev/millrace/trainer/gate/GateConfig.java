package dev.millrace.trainer.gate;

/**
 * Limits a challenger must keep to be promoted. Immutable.
 *
 * @param knnMargin how far the challenger's kNN accuracy may lie below the served version's, as a fraction in [0, 1];
 *     default 0.02. Too small: noise of the holdout holds good versions back
 * @param parityLimit largest absolute difference between the embeddings of training and serving runtime, above 0; default
 *     1e-4
 * @param maxMeanCosine largest mean cosine of two samples, in (0, 1]; default 0.9. Above it embeddings have collapsed
 * @param minEffectiveRankOfFrozen smallest effective rank as a share of the frozen encoder's, in [0, 1]; default 0.5
 * @param minHoldout holdout samples needed to judge kNN accuracy, 1 or more; default 50. With fewer the rule passes and
 *     says so
 */
public record GateConfig(
        double knnMargin, double parityLimit, double maxMeanCosine, double minEffectiveRankOfFrozen, int minHoldout) {

    public GateConfig {
        require(knnMargin >= 0 && knnMargin <= 1, "gate.knnMargin must be in [0, 1]", knnMargin);
        require(parityLimit > 0 && Double.isFinite(parityLimit), "gate.parityLimit must be above 0", parityLimit);
        require(maxMeanCosine > 0 && maxMeanCosine <= 1, "gate.maxMeanCosine must be in (0, 1]", maxMeanCosine);
        require(
                minEffectiveRankOfFrozen >= 0 && minEffectiveRankOfFrozen <= 1,
                "gate.minEffectiveRankOfFrozen must be in [0, 1]",
                minEffectiveRankOfFrozen);
        if (minHoldout < 1) {
            throw new IllegalArgumentException("gate.minHoldout must be at least 1, was " + minHoldout);
        }
    }

    private static void require(boolean holds, String rule, double value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", was " + value);
        }
    }
}
