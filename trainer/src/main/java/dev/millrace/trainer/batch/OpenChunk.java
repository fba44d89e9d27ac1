package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * The ids accepted last: in memory to be found, in pages of a store to outlive the process. Owned by the stream thread.
 *
 * <p>A commit writes the pages that have grown since the last, so a hundred ids and more cost one record of the changelog.
 */
final class OpenChunk {
    /** A slow stream writes half of a page, one kilobyte, with each commit. */
    private static final int PAGE_IDS = 85;

    private final CommitStore store;
    private final IdTable ids;
    private int written;

    /**
     * Loads what the store holds.
     *
     * @param capacity number of ids at which it is full
     */
    OpenChunk(CommitStore store, int capacity) {
        this.store = store;
        this.ids = new IdTable(capacity);
        try (KeyValueIterator<Integer, byte[]> pages = store.entries().all()) {
            while (pages.hasNext()) {
                KeyValue<Integer, byte[]> page = pages.next();
                SeenId.readAll(page.value).forEach(ids::add);
            }
        }
        this.written = ids.size();
        store.beforeCommit(this::write);
    }

    /** When the id was accepted last, or {@link IdTable#NEVER}. */
    long find(IdHash id) {
        return ids.find(id);
    }

    void add(SeenId id) {
        ids.add(id);
    }

    boolean isFull() {
        return ids.isFull();
    }

    /** All of them, in the order in which they were accepted. */
    IdTable ids() {
        return ids;
    }

    /** Forgets all ids. */
    void clear() {
        for (int page = 0; page * PAGE_IDS < written; page++) {
            store.entries().delete(page);
        }
        written = 0;
        ids.clear();
    }

    private void write() {
        if (written == ids.size()) {
            return;
        }
        for (int page = written / PAGE_IDS; page * PAGE_IDS < ids.size(); page++) {
            int end = Math.min(ids.size(), (page + 1) * PAGE_IDS);
            ByteBuffer bytes = ByteBuffer.allocate((end - page * PAGE_IDS) * SeenId.BYTES);
            for (int i = page * PAGE_IDS; i < end; i++) {
                ids.get(i).write(bytes);
            }
            store.entries().put(page, bytes.array());
        }
        written = ids.size();
    }
}
