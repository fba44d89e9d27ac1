package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The ids seen last: in memory to be found, in pages of the store to outlive the process. Owned by the stream thread.
 *
 * <p>A page is written again as it grows, but only once by each commit, since the store has a cache: so a hundred ids and
 * more cost one record of the changelog.
 */
final class OpenChunk {
    /** Some 85 ids. A slow stream writes half of this with each commit. */
    private static final int PAGE_BYTES = 2_048;

    private static final byte[] NOTHING = {};

    private final IdRecords pages;
    private final IdTable table;
    private final int capacity;
    private int chunk;
    private int page;
    private byte[] written = NOTHING;

    /**
     * Loads what the store holds.
     *
     * @param capacity number of ids at which it is full, a power of two; ids of one batch more find room
     * @param chunk its number if the store has none
     */
    OpenChunk(KeyValueStore<byte[], byte[]> store, int capacity, int chunk) {
        this.pages = new IdRecords(store, IdRecords.Kind.PAGE);
        this.table = new IdTable(2 * capacity);
        this.capacity = capacity;
        this.chunk = chunk;
        for (IdRecords.Found found : pages.all()) {
            SeenId.readAll(found.value()).forEach(table::put);
            this.chunk = found.chunk();
            this.page = found.part();
            this.written = found.value();
        }
    }

    /** When the id was accepted, or {@link IdTable#NEVER}. */
    long find(IdHash id) {
        return table.find(id);
    }

    /** Notes the id in memory. */
    void note(SeenId id) {
        table.put(id);
    }

    boolean isFull() {
        return table.size() >= capacity;
    }

    int number() {
        return chunk;
    }

    IdTable ids() {
        return table;
    }

    /** Writes ids that were noted to the store. */
    void write(List<SeenId> ids) {
        if (written.length > PAGE_BYTES) {
            page++;
            written = NOTHING;
        }
        // A new array each time: the cache keeps the last one until the commit.
        byte[] grown = Arrays.copyOf(written, written.length + ids.size() * SeenId.BYTES);
        ByteBuffer end = ByteBuffer.wrap(grown).position(written.length);
        ids.forEach(id -> id.write(end));
        written = grown;
        pages.put(chunk, page, written);
    }

    /** Forgets all ids and begins the next chunk. */
    void startNext() {
        for (int i = 0; i <= page; i++) {
            pages.delete(chunk, i);
        }
        chunk++;
        page = 0;
        written = NOTHING;
        table.clear();
    }
}
