package dev.millrace.trainer.batch;

import java.time.Duration;
import org.apache.kafka.streams.processor.api.ProcessingContext;

/**
 * Remembers which ids were accepted within the dedupe window. Owned by the stream thread.
 *
 * <p>Time here is the task's stream time, never ahead of the wall clock: it moves forward with the records' timestamps and
 * never back. So a record that comes late, or with a timestamp of last year, is judged as of now, and one with a timestamp
 * of next year cannot make the others be forgotten.
 *
 * <p>Nearly every id is new, and is known to be so without a look at the disk: the last ids are in a table, of the others
 * filters say that they never came.
 */
final class SeenIds {
    /** Ids in a chunk; a task takes 1 MB for the open one. */
    static final int CHUNK = 32_768;

    private final ProcessingContext context;
    private final long windowMillis;
    private final SealedChunks sealed;
    private final OpenChunk open;
    private long latestMillis;

    /** Judges by the window what the two have loaded, and by the context's clocks. */
    SeenIds(OpenChunk open, SealedChunks sealed, Duration window, ProcessingContext context) {
        this.open = open;
        this.sealed = sealed;
        this.windowMillis = window.toMillis();
        this.context = context;
        latestMillis = Math.max(0, sealed.lastAccepted());
        open.ids().forEach(id -> latestMillis = Math.max(latestMillis, id.acceptedAt()));
    }

    /** Whether the id is accepted, now; not if it was within the window. */
    boolean accept(IdHash id) {
        long now = now();
        long earliest = now - windowMillis;
        if (open.find(id) >= earliest || sealed.hasSince(earliest, id)) {
            return false;
        }
        if (open.isFull()) {
            sealed.add(open.ids(), now);
            sealed.dropBefore(earliest);
            open.clear();
        }
        open.add(new SeenId(id.high(), id.low(), now));
        return true;
    }

    private long now() {
        latestMillis = Math.max(latestMillis, Math.min(context.currentStreamTimeMs(), context.currentSystemTimeMs()));
        return latestMillis;
    }
}
