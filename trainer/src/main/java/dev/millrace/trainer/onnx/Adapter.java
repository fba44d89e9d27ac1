package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;
import dev.millrace.trainer.onnx.operator.AdaptedMatrix;

/**
 * A low-rank change of a frozen matrix: {@code W + scale * down up}. Source: LoRA, Hu et al., arXiv 2106.09685; the sum
 * is what an export holds.
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

    /** The matrix with its change, as a run reads it. */
    AdaptedMatrix over(NDArray weight) {
        return new AdaptedMatrix(weight, down.array(), up.array(), scale);
    }
}
