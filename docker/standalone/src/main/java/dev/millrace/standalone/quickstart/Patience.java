package dev.millrace.standalone.quickstart;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Ends the waiting for something that no longer moves. Owned by one thread. */
final class Patience {
    static final Duration LIMIT = Duration.ofMinutes(2);

    private final InstantSource clock;
    private final Supplier<String> reason;
    private long seen = -1;
    private Instant seenAt;

    /** @param reason what to say when patience ends */
    Patience(InstantSource clock, Supplier<String> reason) {
        this.clock = clock;
        this.reason = reason;
        this.seenAt = clock.instant();
    }

    /**
     * Tells how far the work is; any change renews the patience.
     *
     * @return the progress, as it was given
     * @throws StalledException when it has been the same for two minutes
     */
    long observe(long progress) {
        Instant now = clock.instant();
        if (progress != seen) {
            seen = progress;
            seenAt = now;
        } else if (Duration.between(seenAt, now).compareTo(LIMIT) > 0) {
            throw new StalledException("nothing has moved for " + LIMIT.toSeconds() + " s: " + reason.get());
        }
        return progress;
    }
}
