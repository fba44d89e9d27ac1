package dev.millrace.trainer.learn;

import dev.millrace.inference.encoder.TokenBatch;
import java.util.List;

/** Pads samples to one rectangle. Stateless. */
public final class SampleRows {
    private SampleRows() {}

    /** Rows in the order of the samples, padded with zeros to the longest; the mask tells what is padding. */
    public static TokenBatch pad(List<PreparedSample> samples) {
        int columns = samples.stream()
                .mapToInt(sample -> sample.tokens().length)
                .max()
                .orElseThrow();
        long[] ids = new long[samples.size() * columns];
        long[] mask = new long[samples.size() * columns];
        for (int row = 0; row < samples.size(); row++) {
            long[] tokens = samples.get(row).tokens();
            System.arraycopy(tokens, 0, ids, row * columns, tokens.length);
            java.util.Arrays.fill(mask, row * columns, row * columns + tokens.length, 1);
        }
        return new TokenBatch(samples.size(), columns, ids, mask, new long[ids.length]);
    }
}
