package dev.millrace.inference.swap;

import dev.millrace.inference.load.EmbeddingModel;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The one model that answers.
 *
 * <pre>
 *   empty ──swap──▶ serving v1 ──swap──▶ serving v2 ──close──▶ empty
 *                        └─▶ draining v1 ──last lease returned──▶ closed
 * </pre>
 *
 * <p>Thread-safe. Closing it lets the last model go.
 */
public final class ModelSlot implements AutoCloseable {
    private final AtomicReference<@Nullable Generation> serving = new AtomicReference<>();
    private final Executor closing;

    /** @param closing runs the closing of models that nobody holds any more, so that no request waits for it */
    public ModelSlot(Executor closing) {
        this.closing = closing;
    }

    /** A lease on the serving model, or empty while there is none. */
    public Optional<Lease> lease() {
        while (true) {
            Generation current = serving.get();
            if (current == null) {
                return Optional.empty();
            }
            // A generation that was let go between the two steps has been replaced, so looking again ends.
            if (current.retain()) {
                return Optional.of(new Lease(current));
            }
        }
    }

    /** Makes this model the one that answers; the one before is closed when its last lease is returned. */
    public void swap(EmbeddingModel next) {
        put(new Generation(next, closing));
    }

    @Override
    public void close() {
        put(null);
    }

    private void put(@Nullable Generation next) {
        Generation previous = serving.getAndSet(next);
        if (previous != null) {
            previous.release();
        }
    }
}
