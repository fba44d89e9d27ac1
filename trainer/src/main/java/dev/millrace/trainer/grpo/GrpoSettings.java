package dev.millrace.trainer.grpo;

import org.jspecify.annotations.Nullable;

/**
 * The objective as an operator writes it: a preset, and optionally whole sections or single values in place of the
 * preset's. Immutable.
 *
 * @param preset starting point; default {@link Preset#STABLE}
 * @param reward replaces the preset's section; absent by default, like all that follow
 * @param advantage replaces the preset's section
 * @param surrogate replaces the preset's section
 * @param group replaces the preset's section
 * @param temperature see {@link GrpoConfig}
 * @param innerSteps see {@link GrpoConfig}
 * @param maxApproxKl see {@link GrpoConfig}
 * @param maxConfidence see {@link GrpoConfig}
 */
public record GrpoSettings(
        Preset preset,
        @Nullable RewardConfig reward,
        @Nullable AdvantageConfig advantage,
        @Nullable SurrogateConfig surrogate,
        @Nullable GroupConfig group,
        @Nullable Double temperature,
        @Nullable Integer innerSteps,
        @Nullable Double maxApproxKl,
        @Nullable Double maxConfidence) {

    public GrpoSettings {
        if (temperature != null) {
            Ranges.above("temperature", temperature, 0);
        }
        if (innerSteps != null) {
            Ranges.within("innerSteps", innerSteps, 1, GrpoConfig.MAX_INNER_STEPS);
        }
        if (maxApproxKl != null) {
            Ranges.above("maxApproxKl", maxApproxKl, 0);
        }
        if (maxConfidence != null) {
            Ranges.within("maxConfidence", maxConfidence, GrpoConfig.LOWEST_MAX_CONFIDENCE, 1);
        }
    }

    /** The complete configuration. */
    public GrpoConfig resolve() {
        GrpoConfig base = preset.config();
        return new GrpoConfig(
                preset,
                reward == null ? base.reward() : reward,
                advantage == null ? base.advantage() : advantage,
                surrogate == null ? base.surrogate() : surrogate,
                group == null ? base.group() : group,
                temperature == null ? base.temperature() : temperature,
                innerSteps == null ? base.innerSteps() : innerSteps,
                maxApproxKl == null ? base.maxApproxKl() : maxApproxKl,
                maxConfidence == null ? base.maxConfidence() : maxConfidence);
    }
}
