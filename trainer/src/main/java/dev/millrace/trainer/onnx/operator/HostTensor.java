package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * A small integer or boolean tensor in Java memory: shapes, axes, indices. Immutable by agreement: nobody writes into the
 * arrays after construction.
 *
 * @param type INT64, INT32 or BOOLEAN (0 and 1)
 * @param shape extents, outermost first
 * @param values row-major, as many as the product of the extents
 */
public record HostTensor(DataType type, long[] shape, long[] values) implements Value {
    public HostTensor {
        if (type != DataType.INT64 && type != DataType.INT32 && type != DataType.BOOLEAN) {
            throw new IllegalArgumentException("a host tensor holds INT64, INT32 or BOOLEAN, was " + type);
        }
        if (Shapes.size(shape) != values.length) {
            throw new IllegalArgumentException(
                    "shape " + Arrays.toString(shape) + " does not hold " + values.length + " values");
        }
    }

    /** Returns a vector of 64-bit integers. */
    public static HostTensor vector(long... values) {
        return new HostTensor(DataType.INT64, new long[] {values.length}, values);
    }

    /** Returns the values of an integer or boolean array. Waits for the device. */
    static HostTensor copyOf(NDArray array) {
        long[] shape = array.getShape().getShape();
        DataType type = array.getDataType();
        if (type == DataType.INT64) {
            return new HostTensor(type, shape, array.toLongArray());
        }
        try (NDArray wide = array.toType(DataType.INT64, true)) {
            return new HostTensor(type, shape, wide.toLongArray());
        }
    }

    NDArray toArray(NDManager manager) {
        Shape extents = new Shape(shape);
        if (type == DataType.INT64) {
            return NativeArrays.of(manager, LongBuffer.wrap(values), extents, type);
        }
        if (type == DataType.INT32) {
            int[] narrow = Arrays.stream(values).mapToInt(v -> (int) v).toArray();
            return NativeArrays.of(manager, IntBuffer.wrap(narrow), extents, type);
        }
        byte[] bits = new byte[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (byte) (values[i] != 0 ? 1 : 0);
        }
        return NativeArrays.of(manager, ByteBuffer.wrap(bits), extents, type);
    }

    /** Returns a new engine array with these values, owned by the given manager. */
    public Tensor toTensor(NDManager manager) {
        return new Tensor(toArray(manager));
    }

    HostTensor withShape(long[] other) {
        return new HostTensor(type, other, values);
    }
}
