package dev.millrace.inference.listen;

/**
 * How the listener fares. Immutable.
 *
 * @param detail what was seen, for people
 */
public record ListenState(Phase phase, String detail) {
    /** Every phase but {@link #FOLLOWING} stands against readiness. */
    public enum Phase {
        /** Not at the end of the topics yet. */
        CATCHING_UP,
        /** {@code promotions} or {@code snapshots} does not exist: the trainer never ran here, or the prefix is wrong. */
        TOPICS_MISSING,
        KAFKA_UNAVAILABLE,
        /** Records are there, but the schema registry does not tell how to read them. */
        REGISTRY_UNAVAILABLE,
        /** Something unforeseen; the log tells what. */
        LISTENER_FAILED,
        FOLLOWING,
        STOPPED
    }
}
