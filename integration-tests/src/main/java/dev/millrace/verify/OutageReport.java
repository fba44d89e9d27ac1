package dev.millrace.verify;

/**
 * What one outage did.
 *
 * @param name of the outage
 * @param mustBeRed whether it must not pass unseen
 * @param redCause the cause that {@code /readyz} told meanwhile; empty when the trainer stayed ready
 * @param recovered whether the trainer was ready again by itself, with everything trained and nothing twice
 * @param lost acknowledged records that are nowhere
 */
public record OutageReport(String name, boolean mustBeRed, String redCause, boolean recovered, long lost) {
    /** Whether the claim holds. */
    public boolean holds() {
        return recovered && lost == 0 && !(mustBeRed && redCause.isEmpty());
    }
}
