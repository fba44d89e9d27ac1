package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * Arrays of Java's numbers in memory of the engine's own. What {@link NDManager#create} and operators with a {@link Number}
 * make lies in a Java buffer, which the collector takes once the array is closed; the backward pass, views and folded
 * constants would go on reading it. Stateless.
 */
final class NativeArrays {
    private NativeArrays() {}

    /** Returns a copy of what remains of a buffer. */
    static NDArray of(NDManager manager, Buffer values, Shape shape, DataType type) {
        try (NDArray shared = manager.create(values, shape, type)) {
            return shared.duplicate();
        }
    }

    static NDArray of(NDManager manager, long[] values, long... shape) {
        return of(manager, LongBuffer.wrap(values), new Shape(shape), DataType.INT64);
    }

    static NDArray of(NDManager manager, float[] values, long... shape) {
        return of(manager, FloatBuffer.wrap(values), new Shape(shape), DataType.FLOAT32);
    }

    /** Returns a scalar. */
    static NDArray number(NDManager manager, double value, DataType type) {
        return JniUtils.full((PtNDManager) manager, new Shape(), value, type, manager.getDevice(), SparseFormat.DENSE);
    }

    /** Returns an array of one value; for infinity, of the extreme that a type of whole numbers has. */
    static NDArray filled(NDManager manager, double value, Shape shape, DataType type) {
        if (type.isFloating()) {
            return JniUtils.full((PtNDManager) manager, shape, value, type, manager.getDevice(), SparseFormat.DENSE);
        }
        long[] values = new long[(int) shape.size()];
        Arrays.fill(values, nearest(value, type));
        try (NDArray wide = of(manager, values, shape.getShape())) {
            return wide.toType(type, true);
        }
    }

    /** Returns the value, or the extreme of a type of whole numbers that it lies beyond; true is the greatest boolean. */
    private static long nearest(double value, DataType type) {
        boolean signed = type != DataType.UINT8 && type != DataType.BOOLEAN;
        int bits = type == DataType.BOOLEAN ? 1 : type.getNumOfBytes() * Byte.SIZE;
        double least = signed ? -Math.scalb(1.0, bits - 1) : 0;
        double most = Math.scalb(1.0, signed ? bits - 1 : bits) - 1;
        return (long) Math.max(least, Math.min(most, value)); // Java ends at the extreme of 64 bits too.
    }

    /** Returns {@code x factor}. */
    static NDArray times(NDArray x, double factor) {
        try (NDArray number = number(x.getManager(), factor, x.getDataType())) {
            return x.mul(number);
        }
    }

    /** Returns {@code x / divisor}. */
    static NDArray over(NDArray x, double divisor) {
        try (NDArray number = number(x.getManager(), divisor, x.getDataType())) {
            return x.div(number);
        }
    }
}
