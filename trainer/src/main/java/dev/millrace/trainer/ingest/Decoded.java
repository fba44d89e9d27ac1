package dev.millrace.trainer.ingest;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.RejectReason;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What became of one record: a valid sample, or a reason why not. Immutable. */
public sealed interface Decoded {

    /** Hands this to the one that fits. */
    void match(Consumer<? super Valid> ifValid, Consumer<? super Rejected> ifRejected);

    /** A sample that follows every rule. */
    record Valid(AcceptedSample sample) implements Decoded {
        @Override
        public void match(Consumer<? super Valid> ifValid, Consumer<? super Rejected> ifRejected) {
            ifValid.accept(this);
        }
    }

    /**
     * A record that is to be dead-lettered.
     *
     * @param reason the cause, also the metric label
     * @param detail what was seen and what is allowed, for people
     * @param schemaId registry id in the value's header, or null where there is none
     */
    record Rejected(
            RejectReason reason, String detail, @Nullable Integer schemaId) implements Decoded {
        @Override
        public void match(Consumer<? super Valid> ifValid, Consumer<? super Rejected> ifRejected) {
            ifRejected.accept(this);
        }
    }
}
