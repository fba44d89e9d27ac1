package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;

/**
 * A Bloom filter of ids: answers "never added" for certain and "added" with less than one error in ten thousand when full.
 * Split-block, 24 bits an id: an id sets one bit in each of the eight words of one block, so a look costs one cache line
 * (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). Owned by the stream thread.
 */
final class IdFilter {
    private static final int BITS_PER_ID = 24;
    private static final int BLOCK_WORDS = 8;
    /** Six bits of the hash say which of a word's 64 bits. */
    private static final int BITS_PER_WORD = 6;

    private final long[] words;

    /** An empty filter. */
    IdFilter(int ids) {
        int bitsPerBlock = BLOCK_WORDS * Long.SIZE;
        this.words = new long[BLOCK_WORDS * Math.max(1, ids * BITS_PER_ID / bitsPerBlock)];
    }

    private IdFilter(long[] words) {
        this.words = words;
    }

    /** The filter that {@link #write} wrote, which are all bytes that remain. */
    static IdFilter read(ByteBuffer from) {
        long[] words = new long[from.remaining() / Long.BYTES];
        from.asLongBuffer().get(words);
        return new IdFilter(words);
    }

    void add(SeenId id) {
        int block = blockOf(id.high());
        for (int i = 0; i < BLOCK_WORDS; i++) {
            words[block + i] |= bit(id.low(), i);
        }
    }

    boolean mayHave(IdHash id) {
        int block = blockOf(id.high());
        for (int i = 0; i < BLOCK_WORDS; i++) {
            if ((words[block + i] & bit(id.low(), i)) == 0) {
                return false;
            }
        }
        return true;
    }

    int bytes() {
        return words.length * Long.BYTES;
    }

    void write(ByteBuffer to) {
        to.asLongBuffer().put(words);
    }

    private int blockOf(long high) {
        int blocks = words.length / BLOCK_WORDS;
        return (int) (((high >>> Integer.SIZE) * blocks) >>> Integer.SIZE) * BLOCK_WORDS;
    }

    private static long bit(long low, int word) {
        return 1L << (low >>> (word * BITS_PER_WORD)); // the shift takes the lowest six bits
    }
}
