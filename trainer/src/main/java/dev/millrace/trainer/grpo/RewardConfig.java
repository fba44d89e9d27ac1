package dev.millrace.trainer.grpo;

/**
 * What an output of the group earns. Immutable.
 *
 * <p>{@code r_i = accuracyWeight * accuracy_i + uniformityWeight * u_i}, where {@code accuracy_i} is 1 for the label and 0
 * for every other class. The paper names both parts; the form of {@code u_i} is our reading, hence the choice.
 *
 * @param accuracyWeight weight of the accuracy reward; default 1; above 0, since without it a group has no right answer
 * @param uniformity form of {@code u_i}; default {@link Uniformity#NEG_PROB_ALL}
 * @param uniformityWeight weight of the uniformity reward; default 1; 0 or more
 * @param labelSmoothing {@code a} in [0, 0.5): the label earns {@code 1 - a} and each of the other {@code n - 1} classes
 *     {@code a / (n - 1)}; default 0. Without a uniformity reward it cancels under {@link AdvantageConfig.Scale#GROUP_STD}
 * @param prototypeSharpness {@code t} of {@link Uniformity#PROTOTYPE}, above 0; default 2; read by that form only
 */
public record RewardConfig(
        double accuracyWeight,
        Uniformity uniformity,
        double uniformityWeight,
        double labelSmoothing,
        double prototypeSharpness) {

    /** Form of the uniformity reward {@code u_i}; {@code pi} is the old policy, {@code y} the label. */
    public enum Uniformity {
        /** {@code u_i = 0}. */
        NONE,
        /** {@code u_i = -pi_i} on wrong classes, 0 on the label: our best reading of the paper. */
        NEG_PROB_WRONG,
        /** {@code u_i = -pi_i} on every class; without a divisor the gradient is that of cross-entropy. */
        NEG_PROB_ALL,
        /** {@code u_i = -(pi_i - (1 - pi_y) / (n - 1))} on wrong classes: spread the error evenly over them. */
        WRONG_DEVIATION,
        /**
         * {@code u_i = -exp(-t |f - w_i|^2)} on wrong classes, the Gaussian potential of Wang and Isola (2020) between
         * embedding and class vector on the unit sphere. Computed from a cosine head's current logits.
         */
        PROTOTYPE
    }

    public RewardConfig {
        Ranges.above("reward.accuracyWeight", accuracyWeight, 0);
        Ranges.atLeast("reward.uniformityWeight", uniformityWeight, 0);
        Ranges.within("reward.labelSmoothing", labelSmoothing, 0, 0.499);
        Ranges.above("reward.prototypeSharpness", prototypeSharpness, 0);
    }
}
