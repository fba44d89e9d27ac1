package dev.millrace.trainer;

import dev.millrace.trainer.learn.CheckpointWriter;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.LearnerStatus;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.TrainingLog;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.snapshot.SnapshotConfig;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trainer thread: take the next entry of the log, apply it, checkpoint and publish when due. A stop lets the running
 * step finish, since a process that ends inside native code crashes.
 *
 * <p>{@link #status}, {@link #failure} and {@link #stop} are thread-safe; everything else belongs to the loop's thread.
 */
final class TrainerLoop {
    private static final Logger log = LoggerFactory.getLogger(TrainerLoop.class);
    private static final Duration WAIT = Duration.ofMillis(200);

    private final EncoderPolicy policy;
    private final Learner learner;
    private final TrainingLog trainingLog;
    private final CheckpointWriter checkpoints;
    private final SnapshotPublisher publisher;
    private final SnapshotCapturer capturer;
    private final Cadence snapshotDue;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable StartLaps starting;
    private volatile LearnerStatus status;
    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;

    TrainerLoop(LearnerParts parts, TrainingLog trainingLog, SnapshotPublisher publisher, SnapshotConfig snapshots) {
        this.policy = parts.policy();
        this.learner = parts.learner();
        this.checkpoints = parts.checkpoints();
        this.trainingLog = trainingLog;
        this.publisher = publisher;
        this.capturer = new SnapshotCapturer(policy);
        this.snapshotDue = new Cadence(snapshots.everySteps(), snapshots.every());
        this.status = learner.status();
        this.thread = new Thread(this::run, "millrace-trainer");
    }

    /** Starts the thread, which ends the laps with the first entry and tells them. */
    void start(StartLaps laps) {
        starting = laps;
        thread.start();
    }

    /** As of the last applied entry. */
    LearnerStatus status() {
        return status;
    }

    /** Why the loop ended by itself; empty while it runs and after a stop that was asked for. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Waits until the loop has ended, asked for or not. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Finishes the running step, writes a last checkpoint and returns when the thread has ended. */
    void stop() {
        stopping = true;
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // The step must not be left: keep waiting.
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            policy.enterThread();
            while (!stopping) {
                step();
                if (publisher.failure().isPresent()) {
                    throw publisher.failure().get();
                }
            }
            checkpoints.writeNow(learner);
        } catch (Throwable e) {
            log.error("Training stopped position={}", status.position(), e);
            failure = e;
        } finally {
            ended.countDown();
        }
    }

    private void apply(PreparedBatch batch) {
        StartLaps laps = starting;
        if (laps == null) {
            learner.apply(batch);
            return;
        }
        laps.end("wait");
        learner.apply(batch);
        laps.end("step");
        log.info(
                "First batch applied since the start position={} {}",
                learner.status().position(),
                laps.told());
        starting = null;
    }

    /** One turn of the loop; waits at most {@link #WAIT} for the next entry. */
    void step() throws InterruptedException {
        Optional<PreparedBatch> next = trainingLog.poll(WAIT);
        if (next.isPresent()) {
            apply(next.get());
            status = learner.status();
        }
        if (checkpoints.isDue(learner)) {
            checkpoints.writeInBackground(learner);
        }
        checkpoints.durablePosition().ifPresent(trainingLog::reportDurable);
        if (isSnapshotDue() && publisher.idle() && SnapshotCapturer.canCapture(learner)) {
            publisher.submit(capturer.capture(learner));
            snapshotDue.done(status.batches());
        }
    }

    /**
     * What was trained before the start is handed over once more, in case the end of the process broke it off, but not as
     * long as the log may have more: that comes first.
     */
    private boolean isSnapshotDue() {
        boolean mayHaveMore = learner.lastSamples().isEmpty() && !snapshotDue.isTimeOver();
        return !mayHaveMore && snapshotDue.isDue(status.batches());
    }
}
