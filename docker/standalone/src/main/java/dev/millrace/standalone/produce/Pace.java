package dev.millrace.standalone.produce;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Holds a stream to a rate: the n-th call returns no earlier than n / rate seconds after the first. Owned by one thread. */
public final class Pace {
    private static final double NANOS_A_SECOND = 1e9;

    private final double perSecond;
    private final LongSupplier nanoTime;
    private long calls;
    private long startedAtNanos;

    /** @param perSecond calls a second; 0 means no limit */
    public Pace(double perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
    }

    /** Nanoseconds to wait before the next call is due; counts the call. */
    long nanosUntilDue() {
        if (perSecond == 0) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        if (calls == 0) {
            startedAtNanos = now;
        }
        long due = startedAtNanos + (long) (calls++ * NANOS_A_SECOND / perSecond);
        return Math.max(0, due - now);
    }

    /** Waits until the next call is due; an interrupt ends the waiting and stays set. */
    public void await() {
        long until = nanoTime.getAsLong() + nanosUntilDue();
        while (nanoTime.getAsLong() < until && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(until - nanoTime.getAsLong());
        }
    }
}
