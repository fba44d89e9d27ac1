package dev.millrace.trainer.grpo;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Seeded inputs and the checks the objective tests share. */
final class Batches {
    private Batches() {}

    static double[][] logits(long seed, int batch, int classes) {
        SplittableRandom random = new SplittableRandom(seed);
        double[][] logits = new double[batch][classes];
        for (double[] row : logits) {
            Arrays.setAll(row, k -> random.nextDouble(-3, 3));
        }
        return logits;
    }

    /** Logits near {@code logits}: an old policy a few inner steps back. */
    static double[][] near(double[][] logits, long seed, double distance) {
        SplittableRandom random = new SplittableRandom(seed);
        double[][] moved = copy(logits);
        for (double[] row : moved) {
            for (int k = 0; k < row.length; k++) {
                row[k] += random.nextDouble(-distance, distance);
            }
        }
        return moved;
    }

    static int[] targets(long seed, int batch, int classes) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] targets = new int[batch];
        Arrays.setAll(targets, i -> random.nextInt(classes));
        return targets;
    }

    static double[][] copy(double[][] rows) {
        return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    }

    static Objective objective(GrpoConfig config) {
        return Objectives.of(config, 16, new SplittableRandom(1));
    }

    static StepResult onPolicy(GrpoConfig config, double[][] logits, int... targets) {
        return objective(config).evaluate(logits, LogProbabilities.of(logits, config.temperature()), targets);
    }

    static GrpoConfig with(GrpoConfig config, AdvantageConfig advantage, SurrogateConfig surrogate) {
        return new GrpoConfig(
                config.preset(),
                config.reward(),
                advantage,
                surrogate,
                config.group(),
                config.temperature(),
                config.innerSteps(),
                config.maxApproxKl(),
                config.maxConfidence());
    }

    static GrpoConfig with(GrpoConfig config, RewardConfig reward, GroupConfig group) {
        return new GrpoConfig(
                config.preset(),
                reward,
                config.advantage(),
                config.surrogate(),
                group,
                config.temperature(),
                config.innerSteps(),
                config.maxApproxKl(),
                config.maxConfidence());
    }

    static GrpoConfig with(GrpoConfig config, double temperature, double maxConfidence) {
        return new GrpoConfig(
                config.preset(),
                config.reward(),
                config.advantage(),
                config.surrogate(),
                config.group(),
                temperature,
                config.innerSteps(),
                config.maxApproxKl(),
                maxConfidence);
    }

    static RewardConfig reward(RewardConfig.Uniformity uniformity) {
        return new RewardConfig(1, uniformity, 1, 0, 2);
    }

    static SurrogateConfig surrogate(SurrogateConfig.Kind kind) {
        return new SurrogateConfig(kind, 0.2, 0.2, SurrogateConfig.Reduction.MEAN);
    }

    static double norm(double[] vector) {
        return Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
    }
}
