package dev.millrace.trainer.grpo;

import java.util.random.RandomGenerator;

/** Chooses the objective a configuration asks for. Stateless. */
public final class Objectives {
    private Objectives() {}

    /**
     * The configured objective.
     *
     * @param config what to optimise
     * @param headScale scale of the cosine head, above 0; read by {@link RewardConfig.Uniformity#PROTOTYPE} only
     * @param random draws the groups of class sets above {@link GroupConfig#fullUpTo()}; kept and advanced, so its state
     *     belongs to the learner's checkpoint
     */
    public static Objective of(GrpoConfig config, double headScale, RandomGenerator random) {
        Ranges.above("headScale", headScale, 0);
        return config.preset() == Preset.CROSS_ENTROPY
                ? new CrossEntropy(config.temperature())
                : new GrpoObjective(config, headScale, random);
    }
}
