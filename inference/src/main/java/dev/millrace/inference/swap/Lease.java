package dev.millrace.inference.swap;

import dev.millrace.inference.load.EmbeddingModel;
import java.util.concurrent.atomic.AtomicBoolean;

/** The right to use one model, which stays open until the lease is closed. Owned by one thread at a time. */
public final class Lease implements AutoCloseable {
    private final Generation generation;
    private final AtomicBoolean returned = new AtomicBoolean();

    Lease(Generation generation) {
        this.generation = generation;
    }

    public EmbeddingModel model() {
        return generation.model();
    }

    /** Gives the right back; closing twice does nothing. */
    @Override
    public void close() {
        if (returned.compareAndSet(false, true)) {
            generation.release();
        }
    }
}
