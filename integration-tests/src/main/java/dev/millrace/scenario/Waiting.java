package dev.millrace.scenario;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for what must come true. Stateless. */
public final class Waiting {
    private static final long BETWEEN_LOOKS_MILLIS = 50;

    private Waiting() {}

    /** Something that is so or is not so yet. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws InterruptedException;
    }

    /** Looks again and again; returns whether it came true within the limit. */
    public static boolean until(Duration limit, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
        return true;
    }

    /**
     * As {@link #until}, for what must come.
     *
     * @throws IllegalStateException when it does not
     */
    public static void require(String what, Duration limit, Condition condition) throws InterruptedException {
        if (!until(limit, condition)) {
            throw new IllegalStateException(what + " did not happen within " + limit.toSeconds() + " s");
        }
    }
}
