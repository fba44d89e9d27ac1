package dev.millrace.inference.load;

import dev.millrace.schemas.SwapOutcome;

/** Ends a load from within; {@link LoadResult.Refused} tells it outside. */
final class LoadRefusal extends Exception {
    private final SwapOutcome outcome;

    LoadRefusal(SwapOutcome outcome, String detail) {
        super(detail);
        this.outcome = outcome;
    }

    LoadResult result() {
        return new LoadResult.Refused(outcome, String.valueOf(getMessage()));
    }
}
