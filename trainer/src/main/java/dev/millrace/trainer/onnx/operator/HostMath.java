package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Integer tensor arithmetic in Java memory, for shapes and indices. Stateless. */
final class HostMath {
    private HostMath() {}

    /** Returns the elementwise result with broadcasting, in the given type. */
    static HostTensor binary(HostTensor a, HostTensor b, DataType type, LongBinaryOperator operator) {
        long[] shape = Shapes.broadcast(a.shape(), b.shape());
        long[] x = expand(a, shape).values();
        long[] y = expand(b, shape).values();
        long[] result = new long[x.length];
        Arrays.setAll(result, i -> operator.applyAsLong(x[i], y[i]));
        return new HostTensor(type, shape, result);
    }

    static HostTensor unary(HostTensor a, DataType type, LongUnaryOperator operator) {
        return new HostTensor(
                type, a.shape(), Arrays.stream(a.values()).map(operator).toArray());
    }

    /** Returns the tensor repeated to the given shape, which it must broadcast to. */
    static HostTensor expand(HostTensor tensor, long[] shape) {
        if (Arrays.equals(tensor.shape(), shape)) {
            return tensor;
        }
        long[] own = tensor.shape();
        long[] ownStrides = Shapes.strides(own);
        long[] steps = new long[shape.length];
        for (int i = 1; i <= own.length; i++) {
            steps[shape.length - i] = own[own.length - i] == 1 ? 0 : ownStrides[own.length - i];
        }
        return pick(tensor, shape, 0, steps);
    }

    /** Returns the tensor with its axes in the given order. */
    static HostTensor transpose(HostTensor tensor, int[] order) {
        long[] strides = Shapes.strides(tensor.shape());
        long[] shape =
                Arrays.stream(order).mapToLong(axis -> tensor.shape()[axis]).toArray();
        long[] steps = Arrays.stream(order).mapToLong(axis -> strides[axis]).toArray();
        return pick(tensor, shape, 0, steps);
    }

    /** Returns {@code count} slices along an axis, starting at {@code start}, {@code step} apart. */
    static HostTensor slice(HostTensor tensor, int axis, long start, long count, long step) {
        long[] steps = Shapes.strides(tensor.shape());
        long offset = start * steps[axis];
        steps[axis] *= step;
        long[] shape = tensor.shape().clone();
        shape[axis] = count;
        return pick(tensor, shape, offset, steps);
    }

    /** Returns slices along an axis, one per index; the axis is replaced by the indices' shape. */
    static HostTensor gather(HostTensor tensor, HostTensor indices, int axis) {
        long[] own = tensor.shape();
        int outer = (int) Shapes.product(own, 0, axis);
        int inner = (int) Shapes.product(own, axis + 1, own.length);
        long extent = own[axis];
        long[] ids = indices.values();
        long[] result = new long[Shapes.elements(new long[] {outer, ids.length, inner})];
        for (int o = 0, to = 0; o < outer; o++) {
            for (long id : ids) {
                int row = index(id, extent);
                System.arraycopy(tensor.values(), (o * (int) extent + row) * inner, result, to, inner);
                to += inner;
            }
        }
        return new HostTensor(tensor.type(), gatheredShape(own, indices.shape(), axis), result);
    }

    /** Returns the shape of a gather's result. */
    static long[] gatheredShape(long[] data, long[] indices, int axis) {
        long[] shape = new long[data.length - 1 + indices.length];
        System.arraycopy(data, 0, shape, 0, axis);
        System.arraycopy(indices, 0, shape, axis, indices.length);
        System.arraycopy(data, axis + 1, shape, axis + indices.length, data.length - axis - 1);
        return shape;
    }

    /** Returns an index counted from the front; {@code id} in {@code [-extent, extent)}. */
    static int index(long id, long extent) {
        if (id < -extent || id >= extent) {
            throw new IllegalArgumentException("index " + id + " is outside [-" + extent + ", " + extent + ")");
        }
        return (int) (id < 0 ? id + extent : id);
    }

    /** Returns vectors or scalars joined along the first axis; ranks must be 1. */
    static HostTensor concat(HostTensor[] parts) {
        int length = 0;
        for (HostTensor part : parts) {
            length += part.values().length;
        }
        long[] result = new long[length];
        int at = 0;
        for (HostTensor part : parts) {
            System.arraycopy(part.values(), 0, result, at, part.values().length);
            at += part.values().length;
        }
        return new HostTensor(parts[0].type(), new long[] {length}, result);
    }

    private static HostTensor pick(HostTensor tensor, long[] shape, long offset, long[] steps) {
        long[] result = new long[Shapes.elements(shape)];
        long[] place = new long[shape.length];
        long from = offset;
        for (int i = 0; i < result.length; i++) {
            result[i] = tensor.values()[(int) from];
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                from += steps[axis];
                if (++place[axis] < shape[axis]) {
                    break;
                }
                from -= steps[axis] * shape[axis];
                place[axis] = 0;
            }
        }
        return new HostTensor(tensor.type(), shape, result);
    }
}
