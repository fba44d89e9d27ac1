package dev.millrace.trainer.batch;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Remembers which ids were accepted within the dedupe window. Owned by the stream thread.
 *
 * <p>Time here is the task's stream time, never ahead of the wall clock: it moves forward with the records' timestamps and
 * never back. So a record that comes late, or with a timestamp of last year, is judged as of now, and one with a timestamp
 * of next year cannot make the others be forgotten.
 *
 * <p>Nearly every id is new, and is known to be so without a look at the disk: the last ids are in a table, of the others
 * filters say that they never came. Each id that was accepted must reach the store with the transaction that accepted it,
 * through {@link #keep} or as part of the open batch.
 */
final class SeenIds {
    /** Ids in a chunk; a task takes 1.5 MB for the open one. */
    static final int CHUNK = 32_768;

    private final ProcessingContext context;
    private final long windowMillis;
    private final SealedChunks sealed;
    private final OpenChunk open;
    private long latestMillis;

    /**
     * Loads what the store holds.
     *
     * @param chunk number of ids in a chunk, a power of two
     * @param waiting ids of the open batch
     */
    SeenIds(
            KeyValueStore<byte[], byte[]> store,
            Duration window,
            ProcessingContext context,
            int chunk,
            List<SeenId> waiting) {
        this.context = context;
        this.windowMillis = window.toMillis();
        this.sealed = new SealedChunks(store);
        this.open = new OpenChunk(store, chunk, sealed.next());
        waiting.forEach(open::note);
        latestMillis = Math.max(0, sealed.lastAccepted());
        open.ids().forEach(id -> latestMillis = Math.max(latestMillis, id.acceptedAt()));
    }

    /** The id as accepted now; empty when it was accepted within the window. */
    Optional<SeenId> accept(IdHash id) {
        long now = now();
        long earliest = now - windowMillis;
        if (open.find(id) >= earliest || sealed.hasSince(earliest, id)) {
            return Optional.empty();
        }
        if (open.isFull()) {
            sealed.add(open, now);
            sealed.dropBefore(earliest);
            open.startNext();
        }
        SeenId seen = new SeenId(id.high(), id.low(), now);
        open.note(seen);
        return Optional.of(seen);
    }

    /** Writes ids that were accepted to the store. */
    void keep(List<SeenId> ids) {
        open.write(ids);
    }

    private long now() {
        latestMillis = Math.max(latestMillis, Math.min(context.currentStreamTimeMs(), context.currentSystemTimeMs()));
        return latestMillis;
    }
}
