package dev.millrace.trainer.learn;

import dev.millrace.schemas.AcceptedSample;

/**
 * A sample with its tokens. Immutable by convention: nobody writes to the array.
 *
 * @param sample as it stands in the training log
 * @param tokens token ids without padding, special tokens included, {@code [1..maxTokens]}
 */
public record PreparedSample(AcceptedSample sample, long[] tokens) {}
