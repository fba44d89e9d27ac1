package dev.millrace.trainer.grpo;

import dev.millrace.trainer.grpo.RewardConfig.Uniformity;

/** Rewards of the outputs of one group, see {@link RewardConfig}. Stateless. */
final class Rewards {
    private Rewards() {}

    /**
     * {@code r_i = accuracyWeight * accuracy_i + uniformityWeight * u_i}.
     *
     * @param piOld old policy over the group, {@code [n]}, n at least 2; not modified
     * @param cosines cosine of embedding and class vector, {@code [n]}; read by PROTOTYPE only; not modified
     * @param target position of the label in the group
     * @return a new array {@code [n]}
     */
    static double[] of(RewardConfig config, double[] piOld, double[] cosines, int target) {
        double smoothing = config.labelSmoothing();
        double[] rewards = uniformity(config, piOld, cosines, target);
        for (int i = 0; i < rewards.length; i++) {
            double accuracy = i == target ? 1 - smoothing : smoothing / (rewards.length - 1);
            rewards[i] = config.accuracyWeight() * accuracy + config.uniformityWeight() * rewards[i];
        }
        return rewards;
    }

    private static double[] uniformity(RewardConfig config, double[] piOld, double[] cosines, int target) {
        double evenShare = (1 - piOld[target]) / (piOld.length - 1);
        double[] u = new double[piOld.length];
        for (int i = 0; i < u.length; i++) {
            u[i] = switch (config.uniformity()) {
                case NONE -> 0;
                case NEG_PROB_WRONG, NEG_PROB_ALL -> -piOld[i];
                case WRONG_DEVIATION -> evenShare - piOld[i];
                // |f - w|^2 = 2 - 2 cos on the unit sphere.
                case PROTOTYPE -> -Math.exp(-2 * config.prototypeSharpness() * (1 - cosines[i]));
            };
        }
        if (config.uniformity() != Uniformity.NEG_PROB_ALL) {
            u[target] = 0;
        }
        return u;
    }
}
