package dev.millrace.trainer.policy;

/**
 * What became of one gradient.
 *
 * @param outcome whether weights were changed
 * @param gradientNorm global L2 norm before clipping; NaN when refused
 */
public record Update(Outcome outcome, double gradientNorm) {

    /** Whether weights were changed. */
    public enum Outcome {
        /** They were. */
        APPLIED,
        /** Not yet: the gradient waits for those of the next log entries. */
        GATHERED,
        /** A gradient was not finite: no weight and no moment was changed. */
        REFUSED
    }

    static Update refused() {
        return new Update(Outcome.REFUSED, Double.NaN);
    }
}
