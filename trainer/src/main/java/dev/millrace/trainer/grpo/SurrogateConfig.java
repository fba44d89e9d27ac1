package dev.millrace.trainer.grpo;

/**
 * How advantages become an objective. Immutable. With one inner step the ratio is 1 and all kinds give one gradient.
 *
 * @param kind treatment of the probability ratio; default {@link Kind#PPO_CLIP}
 * @param epsilonLow lower clip distance, in (0, 1); default 0.2
 * @param epsilonHigh upper clip distance, above 0; default 0.2
 * @param reduction sum over the group's {@code n} outputs; default {@link Reduction#MEAN}
 */
public record SurrogateConfig(Kind kind, double epsilonLow, double epsilonHigh, Reduction reduction) {

    /** Treatment of the ratio {@code rho_i = pi_i / piOld_i}. */
    public enum Kind {
        /** {@code min(rho A, clip(rho, 1 - epsilonLow, 1 + epsilonHigh) A)}. */
        PPO_CLIP,
        /** {@code rho A}. */
        NO_CLIP,
        /** {@code constant(min(rho, 1 + epsilonHigh)) A log pi} (arXiv 2506.13585): no term loses its gradient. */
        CISPO
    }

    /** Factor on the sum over the group. */
    public enum Reduction {
        /** {@code 1 / n}, as in GRPO. */
        MEAN,
        /** 1: the scale does not shrink as the class set grows. */
        SUM,
        /** {@code 1 / sqrt(n)}. */
        SQRT_N
    }

    public SurrogateConfig {
        Ranges.within("surrogate.epsilonLow", epsilonLow, 1e-6, 0.999999);
        Ranges.above("surrogate.epsilonHigh", epsilonHigh, 0);
    }

    double factor(int outputs) {
        return switch (reduction) {
            case MEAN -> 1.0 / outputs;
            case SUM -> 1.0;
            case SQRT_N -> 1.0 / Math.sqrt(outputs);
        };
    }
}
