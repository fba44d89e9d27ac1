package dev.millrace.inference.load;

import dev.millrace.schemas.SwapOutcome;

/** What became of a load. */
public sealed interface LoadResult {
    /** The model has proved itself; whoever takes it closes it. */
    record Loaded(EmbeddingModel model) implements LoadResult {}

    /**
     * The model is not to be served.
     *
     * @param outcome the cause, in the word that logs, metrics and {@code serving-status} use
     * @param detail what was seen and what is allowed, for people
     */
    record Refused(SwapOutcome outcome, String detail) implements LoadResult {
        /** Whether the same load may succeed later by itself. */
        public boolean isWorthRetrying() {
            return outcome == SwapOutcome.BLOB_MISSING;
        }
    }
}
