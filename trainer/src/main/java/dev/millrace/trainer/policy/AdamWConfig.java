package dev.millrace.trainer.policy;

/**
 * Constants of {@link AdamW}. Immutable.
 *
 * @param beta1 decay of the first moment, in [0, 1); default 0.9
 * @param beta2 decay of the second moment, in [0, 1); default 0.999
 * @param epsilon added to the divisor, above 0; default 1e-8
 */
public record AdamWConfig(double beta1, double beta2, double epsilon) {
    static final AdamWConfig DEFAULT = new AdamWConfig(0.9, 0.999, 1e-8);

    public AdamWConfig {
        require(beta1 >= 0 && beta1 < 1, "adamW.beta1 must be in [0, 1)", beta1);
        require(beta2 >= 0 && beta2 < 1, "adamW.beta2 must be in [0, 1)", beta2);
        require(epsilon > 0 && epsilon < 1, "adamW.epsilon must be in (0, 1)", epsilon);
    }

    private static void require(boolean holds, String rule, double value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", was " + value);
        }
    }
}
