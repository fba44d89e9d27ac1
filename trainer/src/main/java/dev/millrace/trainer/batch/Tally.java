package dev.millrace.trainer.batch;

import dev.millrace.schemas.RejectReason;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Counts what became of the records of one task, in a store that is committed together with the records' outcome. Owned by
 * the stream thread.
 */
final class Tally {
    static final String ACCEPTED = "accepted";
    static final String HOLDOUT = "holdout";
    static final String DUPLICATES = "duplicates";
    static final String BATCHES = "batches";
    private static final String DEAD_LETTERS = "dead-letters:";

    private final KeyValueStore<String, Long> counts;

    Tally(KeyValueStore<String, Long> counts) {
        this.counts = counts;
    }

    /** The name under which dead letters of this cause are counted. */
    static String deadLetters(RejectReason cause) {
        return DEAD_LETTERS + cause;
    }

    void add(String outcome, int times) {
        Long before = counts.get(outcome);
        counts.put(outcome, before == null ? times : before + times);
    }
}
