package dev.millrace.standalone.quickstart;

import dev.millrace.standalone.Standalone;
import dev.millrace.trainer.learn.LearnerStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Shows the state of the stream a few times a second from its own thread, until it is closed. */
final class LiveDisplay implements AutoCloseable {
    private static final long REDRAW_MILLIS = 250;
    /** A terminal that takes no more output must not keep the process alive. */
    private static final long LAST_DRAWING_MILLIS = 2_000;

    private static final double MILLIS_A_SECOND = 1e3;
    private static final double HALF = 0.5;

    private final Parts parts;
    private final long total;
    private final InstantSource clock;
    private final Consumer<String> live;
    private final TrainingRate rate = new TrainingRate();
    private final ScheduledExecutorService clockwork =
            Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "quickstart-display"));

    /** What is looked at; owned by the caller. */
    record Parts(Standalone platform, TopicWatch watch, RequestStream requests, Freshness freshness) {}

    LiveDisplay(Parts parts, long total, InstantSource clock, Consumer<String> live) {
        this.parts = parts;
        this.total = total;
        this.clock = clock;
        this.live = live;
    }

    void start() {
        var unused =
                clockwork.scheduleWithFixedDelay(this::redraw, REDRAW_MILLIS, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** New samples trained a second since the start. */
    double trainedPerSecond() {
        return rate.perSecond();
    }

    private void redraw() {
        LearnerStatus learner = parts.platform().trainer().status();
        rate.observe(learner.samples(), clock.instant());
        List<String> troubles = parts.platform().trainer().troubles();
        live.accept(troubles.isEmpty() ? line(learner) : line(learner) + " | " + troubles.get(0));
    }

    private String line(LearnerStatus learner) {
        String accuracy = Double.isNaN(learner.windowAccuracy())
                ? "-"
                : String.format(Locale.ROOT, "%.3f", learner.windowAccuracy());
        String fresh = parts.freshness()
                .percentile(HALF)
                .map(Duration::toMillis)
                .map(millis -> String.format(Locale.ROOT, "%.1f s", millis / MILLIS_A_SECOND))
                .orElse("-");
        String trained = rate.perSecond() > 0 ? String.format(Locale.ROOT, "%.0f/s", rate.perSecond()) : "-";
        return String.format(
                Locale.ROOT,
                "%,d of %,d samples | %s | accuracy %s | serving version %d | sample to served %s | %,d requests, %d failed",
                Math.min(parts.watch().settled(), total),
                total,
                trained,
                accuracy,
                parts.requests().version(),
                fresh,
                parts.requests().requests(),
                parts.requests().failed());
    }

    /** Draws nothing more, once it returns. */
    void stop() {
        clockwork.shutdown();
        try {
            boolean unused = clockwork.awaitTermination(LAST_DRAWING_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
