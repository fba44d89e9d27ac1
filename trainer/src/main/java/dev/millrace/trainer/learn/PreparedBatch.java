package dev.millrace.trainer.learn;

import java.util.List;

/**
 * One entry of the training log, decoded and preprocessed.
 *
 * @param offset its offset; applying it moves the model to version {@code offset + 1}
 * @param samples new samples in log order, never empty
 */
public record PreparedBatch(long offset, List<PreparedSample> samples) {
    public PreparedBatch {
        samples = List.copyOf(samples);
    }
}
