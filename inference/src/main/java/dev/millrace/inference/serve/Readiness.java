package dev.millrace.inference.serve;

import java.util.List;

/**
 * Whether an instance should get requests. Immutable.
 *
 * @param causes what stands against it; empty when it is ready
 */
public record Readiness(List<Cause> causes) {
    /**
     * One reason.
     *
     * @param cause a constant word
     * @param detail what was seen, for people
     */
    public record Cause(String cause, String detail) {}

    public Readiness {
        causes = List.copyOf(causes);
    }

    public boolean isReady() {
        return causes.isEmpty();
    }
}
