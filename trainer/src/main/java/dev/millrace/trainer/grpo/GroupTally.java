package dev.millrace.trainer.grpo;

import java.util.Optional;

/** Sums behind {@link GroupStatistics}. One instance per batch. */
final class GroupTally {
    private int groups;
    private int inUse;
    private double rewardStd;
    private double targetReward;
    private double targetAdvantage;
    private double clippedFraction;
    private double approxKl;

    void formed(OutputGroup group) {
        groups++;
        rewardStd += group.std(false);
        targetReward += group.rewards()[group.target()];
    }

    void used(OutputGroup group, double[] advantages, Surrogate surrogate) {
        inUse++;
        targetAdvantage += advantages[group.target()];
        clippedFraction += (double) surrogate.clipped() / advantages.length;
        approxKl += surrogate.approxKl() / advantages.length;
    }

    Optional<GroupStatistics> statistics() {
        if (groups == 0) {
            return Optional.empty();
        }
        int divisor = Math.max(inUse, 1);
        return Optional.of(new GroupStatistics(
                groups,
                rewardStd / groups,
                (double) (groups - inUse) / groups,
                targetReward / groups,
                targetAdvantage / divisor,
                clippedFraction / divisor,
                approxKl / divisor));
    }
}
