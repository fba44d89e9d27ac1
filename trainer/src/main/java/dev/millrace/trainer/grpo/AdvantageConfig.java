package dev.millrace.trainer.grpo;

/**
 * How rewards become advantages: {@code A_i = (r_i - mean(r)) / divisor} over the group. Immutable.
 *
 * @param scale what divides; default {@link Scale#GROUP_STD}
 * @param sampleStd divide the squares by {@code n - 1} and not by {@code n}; default false
 * @param sigmaFloor {@code c >= 0}: under {@link Scale#GROUP_STD} the divisor is at least {@code c / sqrt(n)}; default 0.1,
 *     0 is the published method. With a floor the push fades once the label is nearly certain; too large, and it fades
 *     for samples that are still wrong
 */
public record AdvantageConfig(Scale scale, boolean sampleStd, double sigmaFloor) {

    /** Divisor of the centred rewards. */
    public enum Scale {
        /** Standard deviation of the group (GRPO, arXiv 2402.03300). */
        GROUP_STD,
        /** One (Dr. GRPO, arXiv 2503.20783). */
        NONE,
        /** Standard deviation of all rewards in the batch (arXiv 2508.08221). */
        BATCH_STD
    }

    public AdvantageConfig {
        Ranges.within("advantage.sigmaFloor", sigmaFloor, 0, 10);
    }
}
