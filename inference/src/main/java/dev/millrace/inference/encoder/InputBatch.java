package dev.millrace.inference.encoder;

import java.util.List;

/** Several prepared inputs as the tensors of one run; the same for training and serving. */
public sealed interface InputBatch permits TokenBatch, FloatBatch {
    /** Number of inputs, at least 1. */
    int rows();

    /** Tokens of each input, padding not counted; 0 for what is no text. */
    int[] tokens();

    /**
     * Some of the inputs as a batch of their own, padded no further than the longest of them.
     *
     * @param chosen places in this batch, in the order wanted, at least one
     */
    InputBatch select(int[] chosen);

    /**
     * Joins inputs of one model, in their order.
     *
     * @param inputs at least one
     */
    static InputBatch of(List<PreparedInput> inputs) {
        return inputs.get(0) instanceof PreparedInput.Tokens
                ? TokenBatch.of(all(PreparedInput.Tokens.class, inputs))
                : FloatBatch.of(all(PreparedInput.Numbers.class, inputs));
    }

    private static <T extends PreparedInput> List<T> all(Class<T> kind, List<PreparedInput> inputs) {
        return inputs.stream().map(kind::cast).toList();
    }
}
