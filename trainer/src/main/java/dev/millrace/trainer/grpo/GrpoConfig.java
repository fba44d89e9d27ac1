package dev.millrace.trainer.grpo;

/**
 * The whole objective. Immutable; start from {@link Preset#config()}.
 *
 * @param preset name this configuration started from; {@link Preset#CROSS_ENTROPY} selects the baseline
 * @param reward what an output earns
 * @param advantage how rewards become advantages
 * @param surrogate how advantages become an objective
 * @param group which classes form a sample's group
 * @param temperature {@code T} in {@code pi = softmax(z / T)}, above 0; default 1
 * @param innerSteps updates that reuse one old policy, 1 to 64; default 1. The caller loops
 * @param maxApproxKl the caller ends the inner steps once {@link GroupStatistics#approxKl()} is above this; above 0;
 *     default 0.05
 * @param maxConfidence skip a sample whose label has more than this probability under the old policy, in [0.5, 1];
 *     default 1, which skips none
 */
public record GrpoConfig(
        Preset preset,
        RewardConfig reward,
        AdvantageConfig advantage,
        SurrogateConfig surrogate,
        GroupConfig group,
        double temperature,
        int innerSteps,
        double maxApproxKl,
        double maxConfidence) {
    static final int MAX_INNER_STEPS = 64;
    /** Above one half a probability belongs to the predicted class: a confident label is then a right prediction too. */
    static final double LOWEST_MAX_CONFIDENCE = 0.5;

    public GrpoConfig {
        Ranges.above("temperature", temperature, 0);
        Ranges.within("innerSteps", innerSteps, 1, MAX_INNER_STEPS);
        Ranges.above("maxApproxKl", maxApproxKl, 0);
        Ranges.within("maxConfidence", maxConfidence, LOWEST_MAX_CONFIDENCE, 1);
    }
}
