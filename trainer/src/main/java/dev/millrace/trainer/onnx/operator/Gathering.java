package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;

/** Operators that pick single elements or blocks by their whole address. Stateless. */
final class Gathering {
    private Gathering() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("GatherND", Gathering::gatherNd);
        registry.put("GatherElements", Gathering::gatherElements);
    }

    /** The last axis of the indices addresses the first axes of the data behind the batch axes. */
    private static Operator gatherNd(NodeView node) {
        int batchAxes = (int) node.integer("batch_dims", 0);
        return Operator.single(in -> {
            long[] data = in.shape(0);
            long[] places = in.shape(1);
            int depth = (int) places[places.length - 1];
            int addressed = batchAxes + depth;
            if (addressed > data.length) {
                throw new IllegalArgumentException("indices of depth " + depth + " behind " + batchAxes
                        + " batch axes do not fit data " + Arrays.toString(data));
            }
            long rows = Shapes.product(data, 0, addressed);
            long[] result = LongStream.concat(
                            Arrays.stream(places, 0, places.length - 1), Arrays.stream(data, addressed, data.length))
                    .toArray();
            long width = Shapes.product(data, addressed, data.length);
            try (NDArray ids = rowNumbers(in, batchAxes, Arrays.copyOfRange(data, batchAxes, addressed));
                    NDArray matrix = in.array(0).reshape(rows, width);
                    NDArray picked = JniUtils.embedding((PtNDArray) ids, (PtNDArray) matrix, false)) {
                return new Tensor(picked.reshape(new Shape(result)));
            }
        });
    }

    /** Returns, for every address, its row in the data flattened up to the addressed axes. */
    static NDArray rowNumbers(Operands in, int batchAxes, long[] extents) {
        NDManager manager = in.manager();
        long[] places = in.shape(1);
        long[] batch = Arrays.copyOf(places, places.length - 1);
        Arrays.fill(batch, batchAxes, batch.length, 1);
        long block = Shapes.size(extents);
        long[] offsets =
                LongStream.range(0, Shapes.size(batch)).map(i -> i * block).toArray();
        try (NDArray extent = NativeArrays.of(manager, extents, extents.length);
                NDArray step = NativeArrays.of(manager, Shapes.strides(extents), extents.length);
                NDArray offset = NativeArrays.of(manager, offsets, batch);
                NDArray given = in.array(1).toType(DataType.INT64, true);
                NDArray ids = fromFront(given, extent);
                NDArray scaled = ids.mul(step);
                NDArray within = scaled.sum(new int[] {places.length - 1})) {
            return within.add(offset);
        }
    }

    /** Returns the indices counted from the front. */
    static NDArray fromFront(NDArray ids, NDArray extent) {
        try (NDArray negative = ids.lt(0L);
                NDArray ones = negative.toType(DataType.INT64, true);
                NDArray shift = ones.mul(extent)) {
            return ids.add(shift);
        }
    }

    private static Operator gatherElements(NodeView node) {
        long wanted = node.integer("axis", 0);
        return Operator.single(in -> {
            PtNDArray data = (PtNDArray) in.array(0);
            int axis = Shapes.axis(wanted, in.shape(0).length);
            try (NDArray extent = NativeArrays.of(
                            in.manager(), new long[] {data.getShape().get(axis)});
                    NDArray given = in.array(1).toType(DataType.INT64, true);
                    NDArray ids = fromFront(given, extent)) {
                return new Tensor(JniUtils.gather(data, (PtNDArray) ids, axis));
            }
        });
    }
}
