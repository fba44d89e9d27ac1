package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The ids seen before those of the {@link OpenChunk}, in chunks that change no more. In memory a chunk is a filter, three
 * bytes an id; a look into the store comes only where the filter does not say "never". Owned by the stream thread.
 */
final class SealedChunks {
    /** A block holds the ids whose hash begins with the same seven bits. */
    private static final int BLOCKS = 128;

    private static final int BLOCK_SHIFT = Long.SIZE - 7;
    private static final int TYPICAL_BLOCK_IDS = 256;
    private static final byte[] NOTHING = {};

    private final IdRecords blocks;
    private final IdRecords summaries;
    /** The newest first. */
    private final Deque<Chunk> chunks = new ArrayDeque<>();

    private record Chunk(int number, long lastAccepted, IdFilter filter) {}

    /** Loads what the store holds. */
    SealedChunks(KeyValueStore<byte[], byte[]> store) {
        this.blocks = new IdRecords(store, IdRecords.Kind.BLOCK);
        this.summaries = new IdRecords(store, IdRecords.Kind.SUMMARY);
        for (IdRecords.Found found : summaries.all()) {
            ByteBuffer summary = ByteBuffer.wrap(found.value());
            chunks.addFirst(new Chunk(found.chunk(), summary.getLong(), IdFilter.read(summary)));
        }
    }

    /** When the last id of all was accepted, or {@link IdTable#NEVER}. */
    long lastAccepted() {
        return chunks.isEmpty() ? IdTable.NEVER : chunks.getFirst().lastAccepted();
    }

    /** Whether the id was accepted at this time or later. */
    boolean hasSince(long earliest, IdHash id) {
        for (Chunk chunk : chunks) {
            if (chunk.lastAccepted() < earliest) {
                return false; // as are all that follow
            }
            if (chunk.filter().mayHave(id) && isInBlock(chunk, earliest, id)) {
                return true;
            }
        }
        return false;
    }

    private boolean isInBlock(Chunk chunk, long earliest, IdHash id) {
        byte[] block = blocks.get(chunk.number(), blockOf(id.high()));
        ByteBuffer rest = ByteBuffer.wrap(block == null ? NOTHING : block);
        while (rest.hasRemaining()) {
            SeenId seen = SeenId.read(rest);
            if (seen.high() == id.high() && seen.low() == id.low() && seen.acceptedAt() >= earliest) {
                return true;
            }
        }
        return false;
    }

    /** Writes the ids of a full chunk to the store. */
    void add(IdTable full, long lastAccepted) {
        int number = chunks.isEmpty() ? 0 : chunks.getFirst().number() + 1;
        List<List<SeenId>> parts = new ArrayList<>(BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            parts.add(new ArrayList<>(TYPICAL_BLOCK_IDS));
        }
        IdFilter filter = new IdFilter(full.size());
        full.forEach(id -> {
            parts.get(blockOf(id.high())).add(id);
            filter.add(id);
        });
        for (int i = 0; i < BLOCKS; i++) {
            ByteBuffer block = ByteBuffer.allocate(parts.get(i).size() * SeenId.BYTES);
            parts.get(i).forEach(id -> id.write(block));
            blocks.put(number, i, block.array());
        }
        ByteBuffer summary = ByteBuffer.allocate(Long.BYTES + filter.bytes()).putLong(lastAccepted);
        filter.write(summary);
        summaries.put(number, 0, summary.array());
        chunks.addFirst(new Chunk(number, lastAccepted, filter));
    }

    /** Forgets the chunks all of whose ids were accepted before this time. */
    void dropBefore(long earliest) {
        while (!chunks.isEmpty() && chunks.getLast().lastAccepted() < earliest) {
            int number = chunks.removeLast().number();
            for (int i = 0; i < BLOCKS; i++) {
                blocks.delete(number, i);
            }
            summaries.delete(number, 0);
        }
    }

    private static int blockOf(long high) {
        return (int) (high >>> BLOCK_SHIFT);
    }
}
