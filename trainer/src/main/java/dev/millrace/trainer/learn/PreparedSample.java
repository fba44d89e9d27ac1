package dev.millrace.trainer.learn;

import dev.millrace.inference.encoder.PreparedInput;
import dev.millrace.schemas.AcceptedSample;

/**
 * A sample after preprocessing. Immutable by convention: nobody writes to the arrays.
 *
 * @param sample as it stands in the training log
 * @param input what the encoder reads of it
 */
public record PreparedSample(AcceptedSample sample, PreparedInput input) {}
