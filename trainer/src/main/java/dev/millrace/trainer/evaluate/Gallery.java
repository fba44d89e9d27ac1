package dev.millrace.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Labelled embeddings to compare with, bounded: once full, a new one takes the place of the oldest. Owned by the trainer
 * thread.
 *
 * <p>Rows are normalised on entry and stored in blocks, each block transposed, so that the similarities of one query to all
 * rows of a block are one pass over contiguous memory.
 */
public final class Gallery {
    private static final int BLOCK = 256;

    private final int dimension;
    private final int capacity;
    private final List<float[]> blocks = new ArrayList<>();
    private int[] labels = new int[BLOCK];
    private long added;

    /**
     * An empty gallery.
     *
     * @param dimension length of an embedding
     * @param capacity most rows kept, 1 or more
     */
    public Gallery(int dimension, int capacity) {
        if (dimension < 1 || capacity < 1) {
            throw new IllegalArgumentException(
                    "gallery dimension and capacity must be at least 1, were " + dimension + " and " + capacity);
        }
        this.dimension = dimension;
        this.capacity = capacity;
    }

    /**
     * Adds one row.
     *
     * @param embedding {@code [dimension]}; copied
     * @param label index of its class, 0 or more
     * @return false, and nothing is added, if the embedding is zero or holds a NaN or an infinity
     */
    public boolean add(float[] embedding, int label) {
        requireDimension(embedding);
        float[] row = Vectors.normalised(embedding);
        if (Vectors.isZero(row)) {
            return false;
        }
        put((int) (added % capacity), row, label);
        added++;
        return true;
    }

    public int size() {
        return (int) Math.min(added, capacity);
    }

    int label(int slot) {
        return labels[slot];
    }

    /**
     * Cosine of a query to every row.
     *
     * @param query normalised, {@code [dimension]}
     * @return {@code [at least size()]} in slot order; what lies beyond the size means nothing
     */
    float[] similarities(float[] query) {
        requireDimension(query);
        float[] all = new float[blocks.size() * BLOCK];
        for (int block = 0; block < blocks.size(); block++) {
            float[] sums = new float[BLOCK];
            RowSums.add(blocks.get(block), query, dimension, sums);
            System.arraycopy(sums, 0, all, block * BLOCK, BLOCK);
        }
        return all;
    }

    private void put(int slot, float[] row, int label) {
        if (slot / BLOCK == blocks.size()) {
            blocks.add(new float[dimension * BLOCK]);
            labels = Arrays.copyOf(labels, blocks.size() * BLOCK);
        }
        float[] block = blocks.get(slot / BLOCK);
        for (int d = 0; d < dimension; d++) {
            block[d * BLOCK + slot % BLOCK] = row[d];
        }
        labels[slot] = label;
    }

    private void requireDimension(float[] embedding) {
        if (embedding.length != dimension) {
            throw new IllegalArgumentException("embedding must have " + dimension + " values, had " + embedding.length);
        }
    }
}
