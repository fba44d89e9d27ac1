package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators that take parts of a tensor or put parts together. Stateless. */
final class Selection {
    private Selection() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Gather", Selection::gather);
        registry.put("Slice", Operator.plain(Selection::slice));
        registry.put("Concat", Selection::concat);
        registry.put("Split", Selection::split);
    }

    private static Operator gather(NodeView node) {
        long wanted = node.integer("axis", 0);
        return Operator.single(in -> {
            int axis = Shapes.axis(wanted, in.shape(0).length);
            if (in.allHost()) {
                return HostMath.gather(in.host(0), in.host(1), axis);
            }
            if (in.isHost(1) && in.shape(1).length == 0) {
                return slab(in, axis);
            }
            NDArray data = in.array(0);
            long extent = data.getShape().get(axis);
            try (NDArray ids = indices(in, extent)) {
                return new Tensor(alongAxis(data, ids, axis));
            }
        });
    }

    /** Returns slices along an axis, one per index in {@code [0, extent)}; the axis is replaced by the indices' shape. */
    static NDArray alongAxis(NDArray data, NDArray ids, int axis) {
        return axis == 0 ? rows(data, ids) : rowsAlong(data, ids, axis);
    }

    /** One index: a view without a copy. */
    private static Value slab(Operands in, int axis) {
        PtNDArray data = (PtNDArray) in.array(0);
        long[] shape = in.shape(0);
        long place = HostMath.index(in.longs(1)[0], shape[axis]);
        try (NDArray kept = JniUtils.slice(data, axis, place, place + 1, 1)) {
            return new Tensor(kept.squeeze(axis));
        }
    }

    /** Returns a new array of 64-bit indices counted from the front. */
    private static NDArray indices(Operands in, long extent) {
        if (in.isHost(1)) {
            return HostMath.unary(in.host(1), DataType.INT64, id -> HostMath.index(id, extent))
                    .toArray(in.manager());
        }
        try (NDArray wide = in.array(1).toType(DataType.INT64, true);
                NDArray negative = wide.lt(0L);
                NDArray ones = negative.toType(DataType.INT64, true);
                NDArray shift = NativeArrays.times(ones, (double) extent)) {
            return wide.add(shift);
        }
    }

    /** Rows of the first axis. The engine's embedding takes a matrix and has the fast gradient. */
    private static NDArray rows(NDArray data, NDArray ids) {
        long[] shape = data.getShape().getShape();
        if (shape.length == 2) {
            return JniUtils.embedding((PtNDArray) ids, (PtNDArray) data, false);
        }
        try (NDArray matrix = data.reshape(shape[0], Shapes.product(shape, 1, shape.length));
                NDArray picked = JniUtils.embedding((PtNDArray) ids, (PtNDArray) matrix, false)) {
            return picked.reshape(
                    new Shape(HostMath.gatheredShape(shape, ids.getShape().getShape(), 0)));
        }
    }

    private static NDArray rowsAlong(NDArray data, NDArray ids, int axis) {
        int rank = data.getShape().dimension();
        int indexRank = ids.getShape().dimension();
        int[] toFront = IntStream.concat(
                        IntStream.of(axis), IntStream.range(0, rank).filter(i -> i != axis))
                .toArray();
        // result axes now: indices, before axis, after axis; wanted: before axis, indices, after axis
        int[] toPlace = IntStream.concat(
                        IntStream.concat(IntStream.range(indexRank, indexRank + axis), IntStream.range(0, indexRank)),
                        IntStream.range(indexRank + axis, indexRank + rank - 1))
                .toArray();
        try (NDArray front = data.transpose(toFront);
                NDArray picked = rows(front, ids)) {
            return picked.transpose(toPlace);
        }
    }

    /** Slice with starts, ends, axes and steps as inputs (since opset 10). */
    private static Value slice(Operands in) {
        long[] starts = in.longs(1);
        long[] ends = in.longs(2);
        long[] axes = in.longs(3, LongStream.range(0, starts.length).toArray());
        long[] steps =
                in.longs(4, LongStream.generate(() -> 1).limit(starts.length).toArray());
        Value result = in.alias(0);
        for (int i = 0; i < starts.length; i++) {
            int axis = Shapes.axis(axes[i], result.shape().length);
            Range range = Range.of(starts[i], ends[i], steps[i], result.shape()[axis]);
            if (result instanceof HostTensor host) {
                result = HostMath.slice(host, axis, range.first(), range.count(), range.step());
            } else if (!range.isWhole(result.shape()[axis])) {
                try (NDArray previous = ((Tensor) result).array()) {
                    result = new Tensor(range.cut((PtNDArray) previous, axis));
                }
            }
        }
        return result;
    }

    /** The places {@code first, first + step, ...}, {@code count} of them. */
    private record Range(long first, long count, long step) {
        static Range of(long start, long end, long step, long extent) {
            if (step == 0) {
                throw new IllegalArgumentException("the step of a slice must not be 0");
            }
            long low = step > 0 ? 0 : -1;
            long high = step > 0 ? extent : extent - 1;
            // Clamped to an element also where the step is negative: unlike NumPy, ONNX starts at the first one then.
            long from = Math.max(0, Math.min(high, start < 0 ? start + extent : start));
            // An end far below -extent stays "before the first" for negative steps.
            long to = Math.max(low, Math.min(high, end < 0 ? Math.max(low, end + extent) : end));
            long span = step > 0 ? to - from : from - to;
            long stride = Math.abs(step);
            return new Range(from, Math.max(0, (span + stride - 1) / stride), step);
        }

        boolean isWhole(long extent) {
            return first == 0 && step == 1 && count == extent;
        }

        NDArray cut(PtNDArray array, int axis) {
            if (step > 0) {
                return JniUtils.slice(array, axis, first, Math.min(array.size(axis), first + count * step), step);
            }
            long extent = array.size(axis);
            try (PtNDArray flipped = JniUtils.flip(array, new long[] {axis})) {
                long start = extent - 1 - first;
                return JniUtils.slice(flipped, axis, start, Math.min(extent, start + count * -step), -step);
            }
        }
    }

    private static Operator concat(NodeView node) {
        long wanted = node.integer("axis", 0);
        return Operator.single(in -> {
            if (in.count() == 1) {
                return in.alias(0);
            }
            if (in.allHost() && in.shape(0).length == 1) {
                HostTensor[] parts = new HostTensor[in.count()];
                for (int i = 0; i < parts.length; i++) {
                    parts[i] = in.host(i);
                }
                return HostMath.concat(parts);
            }
            PtNDArray[] parts = new PtNDArray[in.count()];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = (PtNDArray) in.array(i);
            }
            return new Tensor(JniUtils.cat(parts, Shapes.axis(wanted, in.shape(0).length)));
        });
    }

    private static Operator split(NodeView node) throws UnsupportedNodeException {
        long wanted = node.integer("axis", 0);
        int outputs = node.proto().getOutputCount();
        long announced = node.integer("num_outputs", outputs);
        if (announced != outputs) {
            throw new UnsupportedNodeException("num_outputs is " + announced + ", and it has " + outputs + " outputs");
        }
        if (node.has("num_outputs") && node.hasInput(1)) {
            throw new UnsupportedNodeException("it has both num_outputs and the sizes of its parts");
        }
        boolean mayBeUneven = node.has("num_outputs");
        long[] fixed = node.integers("split"); // an input since opset 13
        return in -> {
            PtNDArray array = (PtNDArray) in.array(0);
            int axis = Shapes.axis(wanted, array.getShape().dimension());
            long[] given = in.longs(1, fixed);
            long[] sizes = given.length > 0 ? given : equalParts(array.size(axis), outputs, mayBeUneven);
            NDList parts = JniUtils.split(array, sizes, axis);
            return parts.stream().map(Tensor::new).toArray(Value[]::new);
        };
    }

    /** Equal parts; the last one may be smaller where the node says how many there are. */
    private static long[] equalParts(long extent, int parts, boolean mayBeUneven) {
        long size = (extent + parts - 1) / parts;
        long last = extent - (parts - 1) * size;
        if (last < 1 || (last < size && !mayBeUneven)) {
            throw new IllegalArgumentException("an extent of " + extent + " does not make " + parts
                    + (mayBeUneven ? " parts of which only the last is smaller" : " equal parts"));
        }
        return LongStream.range(0, parts).map(i -> i < parts - 1 ? size : last).toArray();
    }
}
