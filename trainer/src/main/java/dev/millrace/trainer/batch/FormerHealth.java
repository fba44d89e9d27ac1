package dev.millrace.trainer.batch;

/**
 * How the batch former is doing. Immutable.
 *
 * @param cause why it is not running, for people; empty when it is
 */
public record FormerHealth(State state, String cause) {
    /** The causes of a readiness probe that is not green. All but the last two pass by themselves. */
    public enum State {
        /** Samples are read as they come. */
        RUNNING,
        /** Joining the group, taking over partitions, restoring their state. */
        STARTING,
        /** The brokers do not answer. */
        WAITING_FOR_BROKER,
        /** A topic is missing or has too few partitions. */
        WAITING_FOR_TOPICS,
        /** The schema registry cannot answer. */
        WAITING_FOR_REGISTRY,
        /** A stream thread failed and is being replaced. */
        RECOVERING,
        /** Cannot go on without an operator. */
        FAILED,
        /** Closed by its owner. */
        CLOSED
    }

    static FormerHealth running() {
        return new FormerHealth(State.RUNNING, "");
    }

    /** Whether samples are being read. */
    public boolean isReady() {
        return state == State.RUNNING;
    }
}
