package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.jspecify.annotations.Nullable;

/**
 * A frozen matrix with a low-rank change that trains: {@code frozen + scale * down up}. A linear layer multiplies with the
 * parts, so that the way back never computes a gradient of the whole matrix; every other operator reads the sum.
 *
 * <p>Lives for one run and is owned by its thread; the parts stay their owner's.
 */
public final class AdaptedMatrix implements Value {
    private final NDArray frozen;
    private final NDArray down;
    private final NDArray up;
    private final double scale;
    private @Nullable NDArray sum;

    /**
     * @param frozen {@code [rows, columns]}
     * @param down {@code [rows, rank]}
     * @param up {@code [rank, columns]}
     */
    public AdaptedMatrix(NDArray frozen, NDArray down, NDArray up, double scale) {
        this.frozen = frozen;
        this.down = down;
        this.up = up;
        this.scale = scale;
    }

    @Override
    public long[] shape() {
        return frozen.getShape().getShape();
    }

    NDArray frozen() {
        return frozen;
    }

    /** Returns {@code x (scale * down up)}, a new array. */
    NDArray change(NDArray x) {
        try (NDArray low = x.matMul(down);
                NDArray scaled = NativeArrays.times(low, scale)) {
            return scaled.matMul(up);
        }
    }

    /**
     * Returns the sum, made at the first call.
     *
     * @param run takes it
     */
    public NDArray sum(NDManager run) {
        if (sum == null) {
            try (NDArray scaled = NativeArrays.times(down, scale);
                    NDArray change = scaled.matMul(up)) {
                sum = frozen.add(change);
            }
            sum.attach(run);
        }
        return sum;
    }
}
