package dev.millrace.trainer;

import java.time.Duration;

/**
 * Due after a number of log entries, or after a time with at least one entry. The first time counts from the start of the
 * process, so what was trained before it is due once more. Owned by the trainer thread.
 */
final class Cadence {
    private final int everyBatches;
    private final long everyNanos;
    private long lastBatches;
    private long lastNanos = System.nanoTime();

    Cadence(int everyBatches, Duration every) {
        this.everyBatches = everyBatches;
        this.everyNanos = every.toNanos();
    }

    boolean isDue(long batches) {
        return batches > lastBatches && (batches - lastBatches >= everyBatches || isTimeOver());
    }

    /** Whether the time is over, with an entry or without. */
    boolean isTimeOver() {
        return System.nanoTime() - lastNanos >= everyNanos;
    }

    void done(long batches) {
        lastBatches = batches;
        lastNanos = System.nanoTime();
    }
}
