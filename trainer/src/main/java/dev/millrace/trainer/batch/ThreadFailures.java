package dev.millrace.trainer.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.errors.TopologyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What to do when a stream thread fails: replace it after a pause that grows with each failure in a row, since nearly
 * everything that gets this far is a fault outside that passes. The new thread starts from what was last committed.
 * Thread-safe. Closed by the one who built it, which ends a pause.
 */
final class ThreadFailures implements StreamsUncaughtExceptionHandler, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ThreadFailures.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** A thread that lived this long has recovered; its next failure starts a new row. */
    private static final Duration RECOVERED_AFTER = Duration.ofMinutes(1);
    /** A replaced thread is not called healthy before it lived this long. */
    private static final Duration PROBATION = Duration.ofSeconds(3);

    private final InstantSource clock;
    private final CountDownLatch closed = new CountDownLatch(1);
    private Duration pause = FIRST_PAUSE;
    private Instant resumedAt = Instant.EPOCH;
    private Optional<FormerHealth> problem = Optional.empty();

    ThreadFailures(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public StreamThreadExceptionResponse handle(Throwable failure) {
        if (isClosed()) {
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        String cause = cause(failure);
        if (failure instanceof Error || failure instanceof TopologyException || failure instanceof ConfigException) {
            log.error("Batch former stopped, restart it when the cause is gone cause=\"{}\"", cause, failure);
            report(new FormerHealth(FormerHealth.State.FAILED, cause), clock.instant());
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        Duration wait = nextPause();
        log.warn("Stream thread failed, replacing it cause=\"{}\" pauseMillis={}", cause, wait.toMillis(), failure);
        report(
                new FormerHealth(FormerHealth.State.RECOVERING, cause),
                clock.instant().plus(wait));
        try {
            return closed.await(wait.toMillis(), TimeUnit.MILLISECONDS)
                    ? StreamThreadExceptionResponse.SHUTDOWN_CLIENT
                    : StreamThreadExceptionResponse.REPLACE_THREAD;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
    }

    /** What is wrong, or empty when no thread failed of late. */
    synchronized Optional<FormerHealth> problem() {
        boolean isOver = problem.filter(health -> health.state() == FormerHealth.State.RECOVERING)
                .filter(health -> clock.instant().isAfter(resumedAt.plus(PROBATION)))
                .isPresent();
        return isOver ? Optional.empty() : problem;
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private synchronized void report(FormerHealth health, Instant resumes) {
        problem = Optional.of(health);
        resumedAt = resumes;
    }

    private synchronized Duration nextPause() {
        if (clock.instant().isAfter(resumedAt.plus(RECOVERED_AFTER))) {
            pause = FIRST_PAUSE;
        }
        Duration wait = pause;
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
        return wait;
    }

    private static String cause(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }
}
