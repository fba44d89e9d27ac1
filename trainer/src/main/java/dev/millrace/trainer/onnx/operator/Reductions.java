package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Reductions over axes, and running sums. Stateless. */
final class Reductions {
    /** What a value becomes when no axis is reduced: itself, or its absolute value for a norm. */
    private static final Operator.Single KEEP = in -> in.alias(0);

    private static final Operator.Single ABSOLUTE = in -> new Tensor(in.array(0).abs());

    private static final Operator.Single SQUARE = in -> new Tensor(in.array(0).square());

    private static final Operator.Single LOGARITHM =
            in -> new Tensor(in.array(0).log());

    private Reductions() {}

    /** Reduces over some axes, ascending and not empty. */
    @FunctionalInterface
    private interface Reduction {
        NDArray over(NDArray array, int[] axes, boolean keepDims);
    }

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("ReduceSum", reduction(NDArray::sum, KEEP, 0));
        registry.put("ReduceMean", reduction(Reductions::mean, KEEP, 0));
        registry.put("ReduceL2", reduction(Reductions::norm, ABSOLUTE, 0));
        registry.put("ReduceL1", reduction(Reductions::absoluteSum, ABSOLUTE, 0));
        registry.put("ReduceSumSquare", reduction(Reductions::squareSum, SQUARE, 0));
        registry.put("ReduceLogSum", reduction(Reductions::logSum, LOGARITHM, Double.NEGATIVE_INFINITY));
        registry.put("ReduceLogSumExp", reduction(Reductions::logSumExp, KEEP, Double.NEGATIVE_INFINITY));
        registry.put("ReduceMax", reduction(Reductions::maximum, KEEP, Double.NEGATIVE_INFINITY));
        registry.put("ReduceMin", reduction(eachAxis(NDArray::min), KEEP, Double.POSITIVE_INFINITY));
        registry.put("ReduceProd", reduction(eachAxis(NDArray::prod), KEEP, 1));
        registry.put("ArgMax", place(JniUtils::argMax));
        registry.put("ArgMin", place(JniUtils::argMin));
        registry.put("CumSum", Reductions::cumulativeSum);
    }

    /**
     * One of the reductions.
     *
     * @param unreduced what is done where no axis is reduced
     * @param ofNothing what no values reduce to, as the specification has it; a mean of nothing, which that leaves open, is 0
     *     as in ONNX Runtime
     */
    private static Operator.Factory reduction(Reduction reduction, Operator.Single unreduced, double ofNothing) {
        return node -> {
            boolean keepDims = node.flag("keepdims", true);
            boolean emptyMeansNone = node.flag("noop_with_empty_axes", false);
            long[] fixed = node.integers("axes"); // an input since opset 13 for sums, 18 for the others
            return Operator.single(in -> {
                long[] axes = in.longs(1, fixed);
                NDArray array = in.array(0);
                int rank = array.getShape().dimension();
                if (rank == 0 || (axes.length == 0 && emptyMeansNone)) {
                    return unreduced.run(in);
                }
                int[] places = axes.length == 0 ? IntStream.range(0, rank).toArray() : Shapes.axes(axes, rank);
                if (Arrays.stream(places).anyMatch(axis -> array.size(axis) == 0)) {
                    Shape shape = new Shape(reduced(array.getShape().getShape(), places, keepDims));
                    return new Tensor(NativeArrays.filled(array.getManager(), ofNothing, shape, array.getDataType()));
                }
                return new Tensor(typed(reduction.over(array, places, keepDims), array.getDataType()));
            });
        };
    }

    /** Returns the result in the type of what was reduced: the engine widens small integers and takes logarithms in float. */
    private static NDArray typed(NDArray result, DataType type) {
        if (result.getDataType() == type) {
            return result;
        }
        try (NDArray other = result) {
            return other.toType(type, true);
        }
    }

    static NDArray mean(NDArray array, int[] axes, boolean keepDims) {
        if (axes.length == 1) {
            return array.mean(axes, keepDims);
        }
        long count = Arrays.stream(axes).mapToLong(array::size).reduce(1, (a, b) -> a * b);
        try (NDArray sum = array.sum(axes, keepDims)) {
            return NativeArrays.over(sum, (double) count);
        }
    }

    /** Largest value; ascending axes. */
    static NDArray maximum(NDArray array, int[] axes, boolean keepDims) {
        return eachAxis(NDArray::max).over(array, axes, keepDims);
    }

    /** Euclidean norm; its gradient at zero is zero. */
    private static NDArray norm(NDArray array, int[] axes, boolean keepDims) {
        return JniUtils.norm((PtNDArray) array, 2, axes, keepDims);
    }

    private static NDArray absoluteSum(NDArray array, int[] axes, boolean keepDims) {
        try (NDArray absolute = array.abs()) {
            return absolute.sum(axes, keepDims);
        }
    }

    private static NDArray squareSum(NDArray array, int[] axes, boolean keepDims) {
        try (NDArray square = array.square()) {
            return square.sum(axes, keepDims);
        }
    }

    private static NDArray logSum(NDArray array, int[] axes, boolean keepDims) {
        try (NDArray sum = array.sum(axes, keepDims)) {
            return sum.log();
        }
    }

    /** {@code m + log(sum(e^(x - m)))} with the largest value m, which keeps the powers finite. */
    private static NDArray logSumExp(NDArray array, int[] axes, boolean keepDims) {
        try (NDArray largest = maximum(array, axes, true);
                NDArray fixed = largest.stopGradient();
                NDArray shifted = array.sub(fixed);
                NDArray powers = shifted.exp();
                NDArray logarithm = logSum(powers, axes, true);
                NDArray result = logarithm.add(fixed)) {
            return result.reshape(new Shape(reduced(result.getShape().getShape(), axes, keepDims)));
        }
    }

    /** The extents that are left. */
    private static long[] reduced(long[] shape, int[] axes, boolean keepDims) {
        long[] reduced = shape.clone();
        for (int axis : axes) {
            reduced[axis] = 1;
        }
        return keepDims
                ? reduced
                : Shapes.squeeze(reduced, Arrays.stream(axes).asLongStream().toArray());
    }

    /** The engine takes one axis at a time: from the last to the first, so that places stay valid. */
    private static Reduction eachAxis(Reduction single) {
        return (array, axes, keepDims) -> {
            NDArray result = single.over(array, new int[] {axes[axes.length - 1]}, keepDims);
            for (int i = axes.length - 2; i >= 0; i--) {
                try (NDArray previous = result) {
                    result = single.over(previous, new int[] {axes[i]}, keepDims);
                }
            }
            return result;
        };
    }

    /** The place of an extreme value along one axis. */
    @FunctionalInterface
    private interface Place {
        NDArray along(PtNDArray array, long axis, boolean keepDims);
    }

    /** The first place, if the extreme value occurs more than once. */
    private static Operator.Factory place(Place place) {
        return node -> {
            long wanted = node.integer("axis", 0);
            boolean keepDims = node.flag("keepdims", true);
            if (node.flag("select_last_index", false)) {
                throw new UnsupportedNodeException("select_last_index is not supported");
            }
            return Operator.single(in -> {
                int axis = Shapes.axis(wanted, in.shape(0).length);
                return new Tensor(place.along((PtNDArray) in.array(0), axis, keepDims));
            });
        };
    }

    private static Operator cumulativeSum(NodeView node) {
        boolean exclusive = node.flag("exclusive", false);
        boolean reverse = node.flag("reverse", false);
        return Operator.single(in -> {
            NDArray array = in.array(0);
            int axis = Shapes.axis(in.longs(1)[0], array.getShape().dimension());
            if (!reverse) {
                return new Tensor(running(array, axis, exclusive));
            }
            try (NDArray flipped = array.flip(axis);
                    NDArray sums = running(flipped, axis, exclusive)) {
                return new Tensor(sums.flip(axis));
            }
        });
    }

    private static NDArray running(NDArray array, int axis, boolean exclusive) {
        DataType type = array.getDataType();
        try (NDArray sums = array.cumSum(axis);
                NDArray same = sums.toType(type, true)) {
            return exclusive
                    ? same.sub(array)
                    : same.reshape(new Shape(array.getShape().getShape()));
        }
    }
}
