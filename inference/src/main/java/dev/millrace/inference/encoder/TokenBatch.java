package dev.millrace.inference.encoder;

/**
 * Token ids of several texts in one rectangle, padded to the longest row. The arrays are handed over, not copied.
 *
 * @param rows number of texts, at least 1
 * @param columns tokens in the longest text, special tokens included, at least 1
 * @param inputIds {@code [rows, columns]}, row-major
 * @param attentionMask {@code [rows, columns]}: 1 for a token, 0 for padding
 * @param tokenTypeIds {@code [rows, columns]}: segment of each token, 0 for single texts
 */
public record TokenBatch(int rows, int columns, long[] inputIds, long[] attentionMask, long[] tokenTypeIds) {
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

    /** Tokens that are not padding. */
    public int tokens() {
        int sum = 0;
        for (long mask : attentionMask) {
            sum += (int) mask;
        }
        return sum;
    }
}
