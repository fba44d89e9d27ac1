package dev.millrace.trainer.gate;

import dev.millrace.schemas.GateRule;
import java.util.List;
import java.util.Locale;

/**
 * Decides whether a challenger may be served. Immutable; thread-safe.
 *
 * @param config limits
 */
public record Gate(GateConfig config) {
    /** A value that lies exactly on its limit passes, whatever the rounding of the subtraction. */
    private static final double ROUNDING = 1e-12;

    /** Applies every rule. */
    public Verdict judge(Challenge challenge) {
        List<RuleOutcome> rules = List.of(
                parity(challenge),
                finite(challenge),
                meanCosine(challenge),
                effectiveRank(challenge),
                knnMargin(challenge),
                notPinned(challenge));
        boolean promote = rules.stream().allMatch(RuleOutcome::passed);
        return promote ? new Verdict.Promote(rules) : new Verdict.Hold(rules);
    }

    private RuleOutcome parity(Challenge challenge) {
        double value = challenge.parity();
        String detail = say("largest difference between training and serving runtime on the probe is %.3g", value);
        return atMost(GateRule.PARITY, value, config.parityLimit(), detail);
    }

    private RuleOutcome finite(Challenge challenge) {
        boolean finite = challenge.finite() && challenge.challenger().health().finite();
        String detail = finite ? "all values are finite" : "a weight or an embedding is NaN or infinite";
        return new RuleOutcome(GateRule.FINITE, finite, finite ? 1 : 0, 1, detail);
    }

    private RuleOutcome meanCosine(Challenge challenge) {
        double value = challenge.challenger().health().meanCosine();
        String detail = say("mean cosine of two samples is %.3f", value);
        return atMost(GateRule.MEAN_COSINE, value, config.maxMeanCosine(), detail);
    }

    private RuleOutcome effectiveRank(Challenge challenge) {
        double value = challenge.challenger().health().effectiveRank();
        double frozen = challenge.frozen().health().effectiveRank();
        double limit = config.minEffectiveRankOfFrozen() * frozen;
        String detail = say("effective rank is %.1f, of the frozen encoder %.1f", value, frozen);
        return atLeast(GateRule.EFFECTIVE_RANK, value, limit, detail);
    }

    private RuleOutcome knnMargin(Challenge challenge) {
        int holdout = challenge.challenger().holdoutSamples();
        double value = challenge.challenger().knn();
        double champion = challenge.champion().knn();
        double limit = champion - config.knnMargin();
        if (holdout < config.minHoldout()) {
            String detail = say("not judged: %d holdout samples, %d are needed", holdout, config.minHoldout());
            return new RuleOutcome(GateRule.KNN_MARGIN, true, value, limit, detail);
        }
        String detail = say("kNN accuracy is %.4f, served %.4f, on %d samples", value, champion, holdout);
        return atLeast(GateRule.KNN_MARGIN, value, limit, detail);
    }

    private static RuleOutcome notPinned(Challenge challenge) {
        boolean free = !challenge.pinned();
        String detail = free ? "the served version is not pinned" : "an operator has pinned the served version";
        return new RuleOutcome(GateRule.NOT_PINNED, free, free ? 1 : 0, 1, detail);
    }

    private static RuleOutcome atMost(GateRule rule, double value, double limit, String detail) {
        return new RuleOutcome(rule, value <= limit, value, limit, detail);
    }

    private static RuleOutcome atLeast(GateRule rule, double value, double limit, String detail) {
        return new RuleOutcome(rule, value >= limit - ROUNDING, value, limit, detail);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
