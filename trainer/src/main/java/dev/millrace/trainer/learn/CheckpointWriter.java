package dev.millrace.trainer.learn;

import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.policy.TensorCopies;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the learner's state durable beside training: the trainer thread copies, a writer thread writes. A disk that refuses
 * is tried again when the next one is due; training goes on, since the log can be trained again from the last durable position.
 * Owned by the trainer thread but for {@link #trouble}, which is thread-safe.
 */
public final class CheckpointWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CheckpointWriter.class);
    private static final long NOTHING = -1;

    private final CheckpointDirectory directory;
    private final CheckpointCodec codec;
    private final TensorCopies copies = new TensorCopies();
    private final long everyNanos;
    private final ExecutorService writer = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "millrace-checkpoint");
        thread.setDaemon(true);
        return thread;
    });
    private long lastNanos = System.nanoTime();
    private @Nullable Future<?> running;
    private volatile long durable;
    private final AtomicLong unreported = new AtomicLong(NOTHING);
    private volatile @Nullable String trouble;

    /** Closes the directory when it is closed itself. */
    public CheckpointWriter(
            CheckpointDirectory directory, CheckpointCodec codec, Duration every, long durablePosition) {
        this.codec = codec;
        this.directory = directory;
        this.everyNanos = every.toNanos();
        this.durable = durablePosition;
    }

    /**
     * Takes the memory that copies need. The system gives it out page by page at the first write, which would hold up
     * training at the first checkpoint longer than the copying itself.
     */
    public void makeRoom(EncoderPolicy policy) {
        CheckpointCodec.copied(policy.trained(), copies);
    }

    /** Whether enough time has passed and there is something new, and no write is running. */
    public boolean isDue(Learner learner) {
        return learner.status().position() > durable
                && System.nanoTime() - lastNanos >= everyNanos
                && (running == null || running.isDone());
    }

    /** Copies the learner's state and writes it on the writer thread. */
    public void writeInBackground(Learner learner) {
        long started = System.nanoTime();
        Checkpoint checkpoint = learner.captureCheckpoint(codec, copies);
        lastNanos = System.nanoTime();
        log.debug(
                "Checkpoint copied position={} stalledMillis={}",
                checkpoint.header().getPosition(),
                (lastNanos - started) / 1_000_000);
        running = writer.submit(() -> {
            try {
                write(checkpoint);
            } catch (IOException | RuntimeException e) {
                trouble = "checkpoint of position " + checkpoint.header().getPosition() + " cannot be written: " + e;
                log.error("Checkpoint failed, training goes on {}", trouble, e);
            }
        });
    }

    /**
     * Writes the state as it is before returning, unless it is durable already. No other write may follow.
     *
     * @throws IOException when it cannot be written, or when a write that runs does not end; what that one writes from must
     *     not be filled again
     */
    public void writeNow(Learner learner) throws IOException, InterruptedException {
        close(writer);
        if (learner.status().position() > durable) {
            write(learner.captureCheckpoint(codec, copies));
        }
    }

    /** Position of the last checkpoint written, once after each write; empty until there is another. */
    public OptionalLong durablePosition() {
        long position = unreported.getAndSet(NOTHING);
        return position == NOTHING ? OptionalLong.empty() : OptionalLong.of(position);
    }

    /** Why the last write failed; empty when all is well. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    private void write(Checkpoint checkpoint) throws IOException {
        long started = System.nanoTime();
        directory.write(checkpoint);
        durable = checkpoint.header().getPosition();
        trouble = null;
        unreported.set(durable);
        log.debug(
                "Checkpoint written position={} tookMillis={}",
                checkpoint.header().getPosition(),
                (System.nanoTime() - started) / 1_000_000);
    }

    private static void close(ExecutorService writer) throws IOException, InterruptedException {
        writer.shutdown();
        if (!writer.awaitTermination(1, TimeUnit.MINUTES)) {
            throw new IOException(
                    "the running checkpoint did not end within a minute, so the last position is not stored;"
                            + " look at the disk. The next start goes on from the checkpoint before");
        }
    }

    @Override
    public void close() {
        writer.shutdownNow();
        directory.close();
    }
}
