package dev.millrace.trainer.grpo;

/**
 * Means over the groups of one batch, for the learner's metrics. Immutable; all values finite.
 *
 * @param groups groups formed, those of zero variance included; 1 or more
 * @param rewardStd mean standard deviation of the rewards of a group
 * @param zeroStdFraction share of groups whose outputs all earn the same
 * @param targetReward mean reward of the label
 * @param targetAdvantage mean advantage of the label over the groups in use; 0 if none
 * @param clippedFraction share of outputs whose ratio was clipped
 * @param approxKl mean of {@code rho - 1 - log rho} over groups and outputs: how far the policy left the old one
 */
public record GroupStatistics(
        int groups,
        double rewardStd,
        double zeroStdFraction,
        double targetReward,
        double targetAdvantage,
        double clippedFraction,
        double approxKl) {}
