package dev.millrace.trainer.announce;

import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.util.Collection;
import java.util.Optional;

/**
 * Tells the world. Each call is all or nothing and returns when it is durable. Owned by the publishing thread.
 *
 * <p>Every method throws {@link TakenOverException} once another trainer of the same model has started.
 */
public interface Announcer extends AutoCloseable {
    /** Takes the model over: from now on no trainer that started earlier can announce. Once is enough. */
    void claim();

    /** Announces a snapshot whose blobs are all stored. Announcing the same version again changes nothing. */
    void published(SnapshotManifest manifest);

    /** Announces a verdict, together with the promotion that follows from it. */
    void judged(EvaluationReport report, Optional<Promotion> promotion);

    /** Takes versions off the list; their blobs may go afterwards. */
    void withdrawn(String model, Collection<Long> versions);

    @Override
    void close();

    /** Another trainer with the same model name is running; this one must stop. */
    final class TakenOverException extends RuntimeException {
        public TakenOverException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
