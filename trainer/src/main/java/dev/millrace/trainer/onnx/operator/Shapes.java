package dev.millrace.trainer.onnx.operator;

import java.util.Arrays;

/** Arithmetic on extents and axes. Stateless. */
final class Shapes {
    /** 1 GB of floats. */
    private static final int MAX_ELEMENTS = 1 << 28;

    private Shapes() {}

    /** Returns the number of elements. */
    static long size(long[] shape) {
        long size = 1;
        for (long extent : shape) {
            size = Math.multiplyExact(size, extent);
        }
        return size;
    }

    /**
     * Returns the number of elements of a tensor that is made from numbers in the file.
     *
     * @throws IllegalArgumentException if an extent is negative, or if it is more than an encoder can need: the file is
     *     damaged, or built to exhaust the memory
     */
    static int elements(long[] shape) {
        double size = 1;
        boolean negative = false;
        for (long extent : shape) {
            size *= extent;
            negative |= extent < 0;
        }
        if (negative || size > MAX_ELEMENTS) {
            throw new IllegalArgumentException("a tensor of shape " + Arrays.toString(shape)
                    + " is asked for; allowed are extents of 0 or more and " + MAX_ELEMENTS + " elements");
        }
        return (int) size;
    }

    /** Returns the axis counted from the front; {@code axis} in {@code [-rank, rank)}. */
    static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new IllegalArgumentException("axis " + axis + " is outside [-" + rank + ", " + rank + ")");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Returns the axes counted from the front, ascending. */
    static int[] axes(long[] axes, int rank) {
        return Arrays.stream(axes).mapToInt(a -> axis(a, rank)).sorted().toArray();
    }

    /** Returns the common shape of two operands by the rule of NumPy. */
    static long[] broadcast(long[] a, long[] b) {
        long[] result = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= result.length; i++) {
            long x = i <= a.length ? a[a.length - i] : 1;
            long y = i <= b.length ? b[b.length - i] : 1;
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException(
                        "shapes " + Arrays.toString(a) + " and " + Arrays.toString(b) + " do not broadcast");
            }
            result[result.length - i] = x == 1 ? y : x;
        }
        return result;
    }

    /** Returns the row-major distance between neighbours along each axis. */
    static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= shape[i];
        }
        return strides;
    }

    /** Returns the shape with extents of 1 put in at the given positions of the result. */
    static long[] unsqueeze(long[] shape, long[] axes) {
        int rank = shape.length + axes.length;
        int[] places = axes(axes, rank);
        long[] result = new long[rank];
        for (int i = 0, place = 0, from = 0; i < rank; i++) {
            boolean inserted = place < places.length && places[place] == i;
            result[i] = inserted ? 1 : shape[from++];
            place += inserted ? 1 : 0;
        }
        return result;
    }

    /** Returns the shape without the given axes, or without every extent of 1 if there are none given. */
    static long[] squeeze(long[] shape, long[] axes) {
        boolean[] dropped = new boolean[shape.length];
        if (axes.length == 0) {
            for (int i = 0; i < shape.length; i++) {
                dropped[i] = shape[i] == 1;
            }
        }
        for (int axis : axes(axes, shape.length)) {
            if (shape[axis] != 1) {
                throw new IllegalArgumentException(
                        "axis " + axis + " of " + Arrays.toString(shape) + " has not extent 1");
            }
            dropped[axis] = true;
        }
        return without(shape, dropped);
    }

    /** Returns the shape without the axes marked. */
    static long[] without(long[] shape, boolean[] dropped) {
        long[] result = new long[shape.length];
        int count = 0;
        for (int i = 0; i < shape.length; i++) {
            if (!dropped[i]) {
                result[count++] = shape[i];
            }
        }
        return Arrays.copyOf(result, count);
    }

    /** Returns the product of the extents in {@code [from, to)}. */
    static long product(long[] shape, int from, int to) {
        return size(Arrays.copyOfRange(shape, from, to));
    }
}
