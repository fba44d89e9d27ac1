package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;

/** Operators that write single elements or blocks into a copy of a tensor, by their address. Stateless. */
final class Scattering {
    private Scattering() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("ScatterND", Scattering::scatterNd);
        registry.put("ScatterElements", Scattering::scatterElements);
        registry.put("OneHot", Scattering::oneHot);
    }

    private static void requireReplacing(NodeView node) throws UnsupportedNodeException {
        String reduction = node.text("reduction", "none");
        if (!reduction.equals("none")) {
            throw new UnsupportedNodeException("reduction must be \"none\", was \"" + reduction + "\"");
        }
    }

    private static Operator scatterNd(NodeView node) throws UnsupportedNodeException {
        requireReplacing(node);
        return Operator.single(in -> {
            long[] data = in.shape(0);
            long[] places = in.shape(1);
            int depth = (int) places[places.length - 1];
            if (depth > data.length) {
                throw new IllegalArgumentException(
                        "indices of depth " + depth + " do not fit data " + Arrays.toString(data));
            }
            long width = Shapes.product(data, depth, data.length);
            long count = Shapes.product(places, 0, places.length - 1);
            try (NDArray matrix = in.array(0).reshape(Shapes.product(data, 0, depth), width);
                    NDArray numbers = Gathering.rowNumbers(in, 0, Arrays.copyOf(data, depth));
                    NDArray column = numbers.reshape(count, 1);
                    NDArray ids = column.broadcast(count, width);
                    NDArray updates = in.array(2).reshape(count, width);
                    NDArray written = JniUtils.scatter((PtNDArray) matrix, (PtNDArray) ids, (PtNDArray) updates, 0)) {
                return new Tensor(written.reshape(new Shape(data)));
            }
        });
    }

    private static Operator scatterElements(NodeView node) throws UnsupportedNodeException {
        requireReplacing(node);
        long wanted = node.integer("axis", 0);
        return Operator.single(in -> {
            PtNDArray data = (PtNDArray) in.array(0);
            int axis = Shapes.axis(wanted, in.shape(0).length);
            try (NDArray extent = NativeArrays.of(
                            in.manager(), new long[] {data.getShape().get(axis)});
                    NDArray given = in.array(1).toType(DataType.INT64, true);
                    NDArray ids = Gathering.fromFront(given, extent)) {
                return new Tensor(JniUtils.scatter(data, (PtNDArray) ids, (PtNDArray) in.array(2), axis));
            }
        });
    }

    /** Values are [off, on]; an index outside of {@code [-depth, depth)} gives off everywhere. */
    private static Operator oneHot(NodeView node) {
        long wanted = node.integer("axis", -1);
        return Operator.single(in -> {
            long[] shape = in.shape(0);
            int axis = Shapes.axis(wanted, shape.length + 1);
            long depth = (long) in.number(1);
            long[] steps = new long[shape.length + 1];
            Arrays.fill(steps, 1);
            steps[axis] = depth;
            long[] open = Shapes.unsqueeze(shape, new long[] {axis});
            Shapes.elements(Shapes.broadcast(open, steps));
            try (NDArray given = in.array(0).toType(DataType.INT64, true);
                    NDArray extent = NativeArrays.of(in.manager(), new long[] {depth});
                    NDArray ids = Gathering.fromFront(given, extent);
                    NDArray column = ids.reshape(new Shape(open));
                    NDArray places = NativeArrays.of(
                            in.manager(), LongStream.range(0, depth).toArray(), steps);
                    NDArray hot = column.eq(places);
                    NDArray off = part(in, 0);
                    NDArray on = part(in, 1)) {
                return new Tensor(JniUtils.where((PtNDArray) hot, (PtNDArray) on, (PtNDArray) off));
            }
        });
    }

    private static NDArray part(Operands in, int place) {
        try (NDArray slice = JniUtils.slice((PtNDArray) in.array(2), 0, place, place + 1L, 1)) {
            return slice.reshape(new Shape());
        }
    }
}
