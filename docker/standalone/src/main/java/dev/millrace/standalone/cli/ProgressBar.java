package dev.millrace.standalone.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The progress bar of {@code produce}: samples that the broker has stored, of how many, how fast. Draws from its own
 * thread between {@link #start} and {@link #close}.
 */
final class ProgressBar implements AutoCloseable {
    private static final long REDRAW_MILLIS = 200;
    private static final int BAR_CELLS = 24;
    private static final double NANOS_A_SECOND = 1e9;
    private static final Duration STALLED_AFTER = Duration.ofSeconds(3);

    private final LiveLine live;
    private final OptionalLong total;
    private final ScheduledExecutorService clockwork =
            Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "millrace-progress"));
    private long startedAtNanos;
    private long seen;
    private long seenAtNanos;

    /** @param total samples in the file; empty when that is not known */
    ProgressBar(LiveLine live, OptionalLong total) {
        this.live = live;
        this.total = total;
    }

    /**
     * Starts drawing.
     *
     * @param stored samples that the broker has stored so far
     */
    void start(LongSupplier stored) {
        startedAtNanos = System.nanoTime();
        seenAtNanos = startedAtNanos;
        var unused = clockwork.scheduleWithFixedDelay(
                () -> live.show(line(stored.getAsLong(), System.nanoTime())),
                REDRAW_MILLIS,
                REDRAW_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** The line for a count at a moment. */
    String line(long count, long now) {
        if (count != seen) {
            seen = count;
            seenAtNanos = now;
        }
        double perSecond = count / Math.max((now - startedAtNanos) / NANOS_A_SECOND, 1 / NANOS_A_SECOND);
        String line = total.isEmpty()
                ? String.format(Locale.ROOT, "%,d samples, %,.0f/s", count, perSecond)
                : bar(count, total.getAsLong(), perSecond);
        Duration still = Duration.ofNanos(now - seenAtNanos);
        return still.compareTo(STALLED_AFTER) < 0
                ? line
                : line + ", waiting for the broker (" + still.toSeconds() + " s)";
    }

    private static String bar(long count, long total, double perSecond) {
        double done = total == 0 ? 1 : (double) count / total;
        int cells = (int) (done * BAR_CELLS);
        String left = count == 0 ? "" : String.format(Locale.ROOT, ", %.0f s left", (total - count) / perSecond);
        return String.format(
                Locale.ROOT,
                "[%s%s] %3.0f %%  %,d of %,d samples, %,.0f/s%s",
                "#".repeat(cells),
                ".".repeat(BAR_CELLS - cells),
                100 * done,
                count,
                total,
                perSecond,
                left);
    }

    @Override
    public void close() {
        clockwork.shutdownNow();
        live.end();
    }
}
