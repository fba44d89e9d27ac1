package dev.millrace.trainer.grpo;

/**
 * The surrogate of one group, before reduction. Immutable.
 *
 * @param value sum of the terms, to be maximised
 * @param weights {@code d value / d log pi_i}, {@code [n]}
 * @param clipped terms whose ratio was clipped
 * @param approxKl sum of {@code rho - 1 - log rho}
 * @param onPolicy every ratio is exactly 1, so that the weights are the advantages and sum to zero
 */
record Surrogate(double value, double[] weights, int clipped, double approxKl, boolean onPolicy) {
    /** Bound on {@code |log rho|}: beyond it the ratio says no more than "far away", and exp would overflow. */
    private static final double MAX_LOG_RATIO = 20;

    static Surrogate of(SurrogateConfig config, OutputGroup group, double[] advantages) {
        double[] weights = new double[advantages.length];
        double value = 0;
        double approxKl = 0;
        int clipped = 0;
        boolean onPolicy = true;
        for (int i = 0; i < weights.length; i++) {
            double logRatio = clamp(group.logPi()[i] - group.logPiOld()[i], MAX_LOG_RATIO);
            double ratio = Math.exp(logRatio);
            double advantage = advantages[i];
            boolean binds = binds(config, ratio, advantage);
            switch (config.kind()) {
                case NO_CLIP, PPO_CLIP -> {
                    double bound = advantage >= 0 ? 1 + config.epsilonHigh() : 1 - config.epsilonLow();
                    value += (binds ? bound : ratio) * advantage;
                    weights[i] = binds ? 0 : ratio * advantage;
                }
                case CISPO -> {
                    weights[i] = Math.min(ratio, 1 + config.epsilonHigh()) * advantage;
                    value += weights[i] * group.logPi()[i];
                }
            }
            clipped += binds ? 1 : 0;
            approxKl += ratio - 1 - logRatio;
            onPolicy &= logRatio == 0;
        }
        return new Surrogate(value, weights, clipped, approxKl, onPolicy);
    }

    /** Whether the clip takes the ratio's place in the term. */
    private static boolean binds(SurrogateConfig config, double ratio, double advantage) {
        boolean high = ratio > 1 + config.epsilonHigh();
        boolean low = ratio < 1 - config.epsilonLow();
        return switch (config.kind()) {
            case PPO_CLIP -> advantage >= 0 ? high : low;
            case NO_CLIP -> false;
            case CISPO -> high;
        };
    }

    private static double clamp(double value, double bound) {
        return Math.max(-bound, Math.min(bound, value));
    }
}
