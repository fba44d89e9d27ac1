package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;

/**
 * A value held by the engine. Owned by the trainer thread; closed by whoever owns the array.
 *
 * @param array any element type
 */
public record Tensor(NDArray array) implements Value {
    @Override
    public long[] shape() {
        return array.getShape().getShape();
    }
}
