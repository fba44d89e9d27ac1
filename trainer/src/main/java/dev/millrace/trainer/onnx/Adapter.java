package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;

/**
 * A low-rank change of a frozen matrix: {@code W + scale * down up}. Source: LoRA, Hu et al., arXiv 2106.09685; the sum
 * stands in the place of W, so that it is computed once a step and is what an export holds.
 *
 * <p>Owned by the trainer thread; its factors are closed by their {@link ParameterStore}.
 *
 * @param down {@code [rows, rank]}
 * @param up {@code [rank, columns]}
 * @param scale factor on the product
 */
public record Adapter(Parameter down, Parameter up, double scale) {

    /** Suffixes of the factors' names behind the name of the matrix. */
    static final String DOWN = ".lora_down";

    static final String UP = ".lora_up";

    /** Returns a new array of the manager of {@code weight}. */
    NDArray addedTo(NDArray weight) {
        try (NDArray scaled = down.array().mul(scale);
                NDArray change = scaled.matMul(up.array())) {
            return weight.add(change);
        }
    }
}
