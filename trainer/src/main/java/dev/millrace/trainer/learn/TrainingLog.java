package dev.millrace.trainer.learn;

import java.time.Duration;
import java.util.Optional;

/** The model's training log, read forward from one position. Owned by the trainer thread; closed by who opened it. */
public interface TrainingLog extends AutoCloseable {
    /**
     * The next entry.
     *
     * @param wait longest time to wait for one
     * @return the entry, or empty when none came in time
     * @throws UnreadableLogException when an entry cannot be read at all; going on would skip samples
     */
    Optional<PreparedBatch> poll(Duration wait) throws InterruptedException;

    /** Entries behind the last one handed out, as far as known; 0 when everything was read. */
    long lag();

    /** Tells lag monitors how far the durable state has come. Never read back. */
    void reportDurable(long position);

    /** Why the log cannot be read right now, for the readiness probe; empty when all is well. */
    Optional<String> trouble();

    @Override
    void close();

    /** An entry of the training log is damaged or of an unknown kind. */
    final class UnreadableLogException extends RuntimeException {
        public UnreadableLogException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
