package dev.millrace.inference.encoder;

import java.util.Arrays;
import java.util.List;

/**
 * Token ids of several texts in one rectangle, padded to the longest row. The arrays are handed over, not copied.
 *
 * @param rows number of texts, at least 1
 * @param columns tokens in the longest text, special tokens included, at least 1
 * @param inputIds {@code [rows, columns]}, row-major
 * @param attentionMask {@code [rows, columns]}: 1 for a token, 0 for padding
 * @param tokenTypeIds {@code [rows, columns]}: segment of each token, 0 for single texts
 */
public record TokenBatch(int rows, int columns, long[] inputIds, long[] attentionMask, long[] tokenTypeIds)
        implements InputBatch {
    public TokenBatch {
        long cells = (long) rows * columns;
        if (rows < 1
                || columns < 1
                || inputIds.length != cells
                || attentionMask.length != cells
                || tokenTypeIds.length != cells) {
            throw new IllegalArgumentException("a token batch of " + rows + " x " + columns + " needs " + cells
                    + " cells, had " + inputIds.length + ", " + attentionMask.length + " and " + tokenTypeIds.length);
        }
    }

    /** Texts padded to the longest, in their order. */
    static TokenBatch of(List<PreparedInput.Tokens> texts) {
        int columns =
                texts.stream().mapToInt(PreparedInput.Tokens::length).max().orElse(0);
        long[] inputIds = new long[texts.size() * columns];
        long[] attentionMask = new long[inputIds.length];
        for (int r = 0; r < texts.size(); r++) {
            long[] ids = texts.get(r).ids();
            int start = r * columns;
            System.arraycopy(ids, 0, inputIds, start, ids.length);
            Arrays.fill(
                    inputIds, start + ids.length, start + columns, texts.get(r).paddingId());
            Arrays.fill(attentionMask, start, start + ids.length, 1);
        }
        return new TokenBatch(texts.size(), columns, inputIds, attentionMask, new long[inputIds.length]);
    }

    @Override
    public int[] tokens() {
        int[] tokens = new int[rows];
        for (int cell = 0; cell < attentionMask.length; cell++) {
            tokens[cell / columns] += (int) attentionMask[cell];
        }
        return tokens;
    }

    @Override
    public TokenBatch select(int[] chosen) {
        int[] tokens = tokens();
        int width = Arrays.stream(chosen).map(row -> tokens[row]).max().orElse(0);
        return new TokenBatch(
                chosen.length,
                width,
                select(inputIds, chosen, width),
                select(attentionMask, chosen, width),
                select(tokenTypeIds, chosen, width));
    }

    private long[] select(long[] cells, int[] chosen, int width) {
        long[] selected = new long[chosen.length * width];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(cells, chosen[i] * columns, selected, i * width, width);
        }
        return selected;
    }
}
