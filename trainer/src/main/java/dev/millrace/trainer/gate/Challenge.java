package dev.millrace.trainer.gate;

import dev.millrace.trainer.evaluate.EncoderEvaluation;

/**
 * Everything the gate looks at. Immutable. The three evaluations are of the same samples.
 *
 * @param parity largest absolute difference between training and serving runtime on the probe; NaN if it was not measured
 * @param finite every weight and embedding of the challenger is finite
 * @param pinned an operator has pinned the served version
 * @param frozen the encoder before any training
 * @param champion the version being served
 * @param challenger the version that wants to be served
 */
public record Challenge(
        double parity,
        boolean finite,
        boolean pinned,
        EncoderEvaluation frozen,
        EncoderEvaluation champion,
        EncoderEvaluation challenger) {}
