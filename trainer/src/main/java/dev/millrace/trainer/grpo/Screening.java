package dev.millrace.trainer.grpo;

import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Which samples of a batch can be used at all, with the count of those that cannot. One instance per batch. */
final class Screening {
    private final Map<SkipCause, Integer> skipped = new EnumMap<>(SkipCause.class);
    private int total;

    static void requireSameBatch(double[][] logits, double[][] logPiOld, int[] targets) {
        if (logits.length != targets.length || logPiOld.length != targets.length) {
            throw new IllegalArgumentException("logits, logPiOld and targets must have one row per sample, had "
                    + logits.length + ", " + logPiOld.length + " and " + targets.length);
        }
    }

    /** Indices of the classes in use, ascending. */
    static int[] active(int classes, BitSet retired) {
        int[] active = new int[classes];
        int count = 0;
        for (int k = 0; k < classes; k++) {
            if (!retired.get(k)) {
                active[count++] = k;
            }
        }
        return Arrays.copyOf(active, count);
    }

    /** Why this sample is unusable whatever the objective; counts it if so. */
    boolean refuses(double[] logits, double[] logPiOld, int target, int[] active) {
        Optional<SkipCause> cause = cause(logits, logPiOld, target, active);
        cause.ifPresent(this::skip);
        return cause.isPresent();
    }

    void skip(SkipCause cause) {
        skipped.merge(cause, 1, Integer::sum);
        total++;
    }

    Map<SkipCause, Integer> skipped() {
        return skipped;
    }

    int total() {
        return total;
    }

    private static Optional<SkipCause> cause(double[] logits, double[] logPiOld, int target, int[] active) {
        if (target == Objective.NO_LABEL) {
            return Optional.of(SkipCause.MISSING_LABEL);
        }
        if (target < 0 || target >= logits.length) {
            return Optional.of(SkipCause.OUTSIDE_OUTPUT_SET);
        }
        if (Arrays.binarySearch(active, target) < 0) {
            return Optional.of(SkipCause.RETIRED_LABEL);
        }
        if (active.length < 2) {
            return Optional.of(SkipCause.SINGLE_CLASS);
        }
        boolean finite = LogProbabilities.isFinite(logits) && LogProbabilities.isFinite(logPiOld);
        return finite ? Optional.empty() : Optional.of(SkipCause.NON_FINITE);
    }
}
