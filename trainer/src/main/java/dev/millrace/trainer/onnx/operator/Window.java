package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The sliding window of a convolution or pooling node. Immutable by agreement.
 *
 * @param kernel extents of the window; empty where the weight's shape tells them
 * @param strides step along each spatial axis; empty for 1
 * @param dilations distance between the window's elements; empty for 1
 * @param pads as the node gives them: all begins, then all ends; empty for 0
 * @param autoPad NOTSET, VALID, SAME_UPPER or SAME_LOWER
 */
record Window(long[] kernel, long[] strides, long[] dilations, long[] pads, String autoPad) {
    private static final Set<String> AUTO_PADS = Set.of("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER");

    /** Extents of a window that has met its input: pads are known. */
    record Placed(long[] kernel, long[] strides, long[] dilations, long[] begins, long[] ends) {
        boolean isSymmetric() {
            return Arrays.equals(begins, ends);
        }

        /** Returns how far the window reaches along an axis. */
        long reach(int axis) {
            return (kernel[axis] - 1) * dilations[axis] + 1;
        }

        /** Returns the number of places along an axis; rounded up, a window that starts in the end padding is left out. */
        long places(int axis, long extent, boolean roundUp) {
            long room = extent + begins[axis] + ends[axis] - reach(axis);
            if (room < 0) {
                throw new IllegalArgumentException("a window of " + reach(axis) + " does not fit into an extent of "
                        + extent + " padded by " + begins[axis] + " and " + ends[axis]);
            }
            long floor = room / strides[axis] + 1;
            if (!roundUp || room % strides[axis] == 0) {
                return floor;
            }
            return floor * strides[axis] >= extent + begins[axis] ? floor : floor + 1;
        }
    }

    static Window of(NodeView node) throws UnsupportedNodeException {
        String autoPad = node.text("auto_pad", "NOTSET");
        if (!AUTO_PADS.contains(autoPad)) {
            throw new UnsupportedNodeException("auto_pad \"" + autoPad + "\" is not defined by ONNX");
        }
        return new Window(
                node.integers("kernel_shape"),
                node.integers("strides"),
                node.integers("dilations"),
                node.integers("pads"),
                autoPad);
    }

    /**
     * Lays the window on an input.
     *
     * @param shape [batch, channels, spatial...]
     * @param extents of the window, if the node leaves them to the weight
     */
    Placed over(long[] shape, long[] extents) {
        int axes = shape.length - 2;
        long[] size = kernel.length > 0 ? kernel : extents;
        if (axes < 1 || axes > 3 || size.length != axes) {
            throw new IllegalArgumentException("the window " + Arrays.toString(size)
                    + " needs an input [batch, channels, ...] with as many axes more, was " + Arrays.toString(shape));
        }
        long[] steps = orElse(strides, axes, 1);
        long[] gaps = orElse(dilations, axes, 1);
        long[] given = orElse(pads, 2 * axes, 0);
        long[] begins = Arrays.copyOf(given, axes);
        long[] ends = Arrays.copyOfRange(given, axes, 2 * axes);
        if (!autoPad.equals("NOTSET")) {
            for (int i = 0; i < axes; i++) {
                long total = autoPad.equals("VALID") ? 0 : same(shape[i + 2], steps[i], (size[i] - 1) * gaps[i] + 1);
                begins[i] = autoPad.equals("SAME_LOWER") ? total - total / 2 : total / 2;
                ends[i] = total - begins[i];
            }
        }
        return new Placed(size, steps, gaps, begins, ends);
    }

    /** Returns the padding that gives {@code ceil(extent / stride)} places. */
    private static long same(long extent, long stride, long reach) {
        long places = (extent + stride - 1) / stride;
        return Math.max(0, (places - 1) * stride + reach - extent);
    }

    private static long[] orElse(long[] given, int count, long otherwise) {
        return given.length > 0
                ? given
                : LongStream.generate(() -> otherwise).limit(count).toArray();
    }

    /** Returns a new array with the spatial axes padded by a value; negative pads cut off. */
    static PtNDArray padded(NDArray array, long[] begins, long[] ends, double value) {
        int axes = begins.length;
        long[] pairs = new long[2 * axes];
        for (int i = 0; i < axes; i++) {
            // The engine counts from the last axis.
            pairs[2 * (axes - 1 - i)] = begins[i];
            pairs[2 * (axes - 1 - i) + 1] = ends[i];
        }
        long[] wide = array.getShape().getShape().clone();
        for (int i = 0; i < axes; i++) {
            wide[wide.length - axes + i] += begins[i] + ends[i];
        }
        Shapes.elements(wide);
        return JniUtils.pad((PtNDArray) array, pairs, value);
    }
}
