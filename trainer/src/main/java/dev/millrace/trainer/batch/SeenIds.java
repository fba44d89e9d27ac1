package dev.millrace.trainer.batch;

import java.time.Duration;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.WindowStore;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which ids were accepted within the dedupe window. Owned by the stream thread.
 *
 * <p>Time here is the task's stream time, never ahead of the wall clock: it moves forward with the records' timestamps and
 * never back. So a record that comes late, or with a timestamp of last year, is judged as of now, and one with a timestamp
 * of next year cannot push the others out of the store.
 *
 * <p>An id is stored under the start of a window-long span, so one look into each of two spans answers; the store never has
 * to search a range. Two acceptances of an id lie more than a window apart and thus in different spans.
 */
final class SeenIds {
    private final WindowStore<byte[], Long> acceptedAt;
    private final long windowMillis;
    private final ProcessingContext context;
    private long latestMillis;

    SeenIds(WindowStore<byte[], Long> acceptedAt, Duration window, ProcessingContext context) {
        this.acceptedAt = acceptedAt;
        this.windowMillis = window.toMillis();
        this.context = context;
    }

    /**
     * Notes the id as accepted now, unless it was accepted within the window.
     *
     * @param id in UTF-8
     * @return whether the id is new
     */
    boolean add(byte[] id) {
        long now = now();
        long spanStart = now - now % windowMillis;
        if (isWithinWindow(acceptedAt.fetch(id, spanStart), now)
                || isWithinWindow(acceptedAt.fetch(id, spanStart - windowMillis), now)) {
            return false;
        }
        acceptedAt.put(id, now, spanStart);
        return true;
    }

    private boolean isWithinWindow(@Nullable Long accepted, long now) {
        return accepted != null && now - accepted <= windowMillis;
    }

    private long now() {
        latestMillis = Math.max(latestMillis, Math.min(context.currentStreamTimeMs(), context.currentSystemTimeMs()));
        return latestMillis;
    }
}
