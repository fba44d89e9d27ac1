package dev.millrace.trainer.batch;

import dev.millrace.schemas.RejectReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What became of the records of the samples topic since the batch former's first start, over the partitions that this
 * instance holds. Each record is in exactly one of the four: accepted, held out, duplicate, dead letter. Immutable.
 *
 * @param accepted samples of the batches written; a sample of an open batch is not in yet
 * @param holdout samples of the holdout topic
 * @param duplicates records whose id had been seen inside the dedupe window
 * @param deadLetters refused records by cause; causes that never came up are absent
 * @param batches batches written to the training log
 */
public record IngestCounts(
        long accepted, long holdout, long duplicates, Map<RejectReason, Long> deadLetters, long batches) {

    public IngestCounts {
        deadLetters = Map.copyOf(deadLetters);
    }

    /** Nothing read yet. */
    public static IngestCounts none() {
        return new IngestCounts(0, 0, 0, Map.of(), 0);
    }

    /** Asks how often each outcome of {@link Tally} came up. */
    static IngestCounts from(ToLongFunction<String> count) {
        Map<RejectReason, Long> deadLetters = new EnumMap<>(RejectReason.class);
        for (RejectReason cause : RejectReason.values()) {
            long times = count.applyAsLong(Tally.deadLetters(cause));
            if (times > 0) {
                deadLetters.put(cause, times);
            }
        }
        return new IngestCounts(
                count.applyAsLong(Tally.ACCEPTED),
                count.applyAsLong(Tally.HOLDOUT),
                count.applyAsLong(Tally.DUPLICATES),
                deadLetters,
                count.applyAsLong(Tally.BATCHES));
    }

    /** All dead letters, of whatever cause. */
    public long deadLettered() {
        return deadLetters.values().stream().mapToLong(Long::longValue).sum();
    }

    /** All records read. */
    public long records() {
        return accepted + holdout + duplicates + deadLettered();
    }
}
