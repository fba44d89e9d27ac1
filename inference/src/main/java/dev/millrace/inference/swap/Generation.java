package dev.millrace.inference.swap;

import dev.millrace.inference.load.EmbeddingModel;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model and the number of those who hold it: one for the slot it serves in and one for each lease. At zero it is closed
 * and never given out again. Thread-safe.
 */
final class Generation {
    private final EmbeddingModel model;
    private final Executor closing;
    private final AtomicInteger holders = new AtomicInteger(1);

    Generation(EmbeddingModel model, Executor closing) {
        this.model = model;
        this.closing = closing;
    }

    EmbeddingModel model() {
        return model;
    }

    /** Counts one more holder, unless the model is closed already. */
    boolean retain() {
        return holders.updateAndGet(count -> count == 0 ? 0 : count + 1) > 0;
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            closing.execute(model::close);
        }
    }
}
