package dev.millrace.inference.encoder;

import java.util.ArrayList;
import java.util.List;

/** Several prepared inputs as the tensors of one run; the same for training and serving. */
public sealed interface InputBatch permits TokenBatch {
    /** Number of inputs, at least 1. */
    int rows();

    /** Tokens of each input, padding not counted; 0 for what is no text. */
    int[] tokens();

    /**
     * Joins inputs of one model, in their order.
     *
     * @param inputs at least one
     */
    static InputBatch of(List<PreparedInput> inputs) {
        List<PreparedInput.Tokens> tokens = new ArrayList<>(inputs.size());
        inputs.forEach(input -> tokens.add((PreparedInput.Tokens) input));
        return TokenBatch.of(tokens);
    }
}
