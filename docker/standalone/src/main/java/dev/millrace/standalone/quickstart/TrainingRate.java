package dev.millrace.standalone.quickstart;

import java.time.Duration;
import java.time.Instant;

/**
 * Samples trained a second, from the first sample seen to the last, so that waiting before and after does not count.
 * Thread-safe.
 */
final class TrainingRate {
    private static final double MILLIS_A_SECOND = 1e3;

    private long firstCount = -1;
    private long lastCount;
    private Instant first = Instant.EPOCH;
    private Instant last = Instant.EPOCH;

    /** Tells how many samples are trained at a moment; call it often. */
    synchronized void observe(long count, Instant at) {
        if (firstCount < 0) {
            firstCount = count;
            lastCount = count;
            first = at;
        }
        if (count > lastCount) {
            lastCount = count;
            last = at;
        } else if (lastCount == firstCount) {
            first = at;
        }
    }

    /** 0 before the second look at a growing count. */
    synchronized double perSecond() {
        double seconds = Duration.between(first, last).toMillis() / MILLIS_A_SECOND;
        return lastCount > firstCount && seconds > 0 ? (lastCount - firstCount) / seconds : 0;
    }
}
