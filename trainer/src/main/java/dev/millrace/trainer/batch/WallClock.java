package dev.millrace.trainer.batch;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Notices when this machine's clock was set back. Owned by one thread. */
final class WallClock {
    /** Below what Kafka's own timers would feel. */
    private static final long TOLERATED_MILLIS = 1000;

    private final LongSupplier wallMillis;
    private final LongSupplier steadyNanos;
    private long lead;

    /** A clock and one that nobody sets, as {@code System} has them. */
    WallClock(LongSupplier wallMillis, LongSupplier steadyNanos) {
        this.wallMillis = wallMillis;
        this.steadyNanos = steadyNanos;
        this.lead = lead();
    }

    /** Whether it was set back by more than a second since the last look. */
    boolean wentBack() {
        long before = lead;
        lead = lead();
        return lead < before - TOLERATED_MILLIS;
    }

    private long lead() {
        return wallMillis.getAsLong() - TimeUnit.NANOSECONDS.toMillis(steadyNanos.getAsLong());
    }
}
