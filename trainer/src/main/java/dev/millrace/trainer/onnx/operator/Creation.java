package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** Operators that make new tensors: constants, fills, ranges, triangles. Stateless. */
final class Creation {
    private Creation() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Constant", Creation::constant);
        registry.put("ConstantOfShape", Creation::constantOfShape);
        registry.put("Range", Operator.plain(Creation::range));
        registry.put("Trilu", Creation::triangle);
    }

    private static Operator constant(NodeView node) throws UnsupportedNodeException {
        Optional<TensorProto> tensor = node.tensor("value");
        if (tensor.isPresent()) {
            TensorReader.check(tensor.get());
            return in -> new Value[] {read(tensor.get(), in.manager())};
        }
        if (node.has("value_float")) {
            float value = node.real("value_float", 0);
            return Operator.single(in -> new Tensor(NativeArrays.number(in.manager(), value, DataType.FLOAT32)));
        }
        if (node.has("value_int")) {
            long[] value = {node.integer("value_int", 0)};
            return Operator.single(in -> new HostTensor(DataType.INT64, new long[0], value));
        }
        if (node.has("value_ints")) {
            long[] values = node.integers("value_ints");
            return Operator.single(in -> HostTensor.vector(values));
        }
        if (node.has("value_floats")) {
            float[] values = node.reals("value_floats");
            return Operator.single(in -> new Tensor(NativeArrays.of(in.manager(), values, values.length)));
        }
        throw new UnsupportedNodeException(
                "only value, value_float, value_floats, value_int and value_ints are supported");
    }

    private static Value read(TensorProto tensor, NDManager manager) {
        try {
            return TensorReader.value(tensor, manager);
        } catch (UnsupportedNodeException e) {
            throw new IllegalStateException("checked before: " + e.getMessage(), e);
        }
    }

    private static Operator constantOfShape(NodeView node) throws UnsupportedNodeException {
        Optional<TensorProto> given = node.tensor("value");
        if (given.isPresent()) {
            TensorReader.check(given.get());
        }
        return Operator.single(in -> {
            long[] shape = in.longs(0);
            int size = Shapes.elements(shape);
            Value value = given.map(t -> read(t, in.manager()))
                    .orElseGet(() -> new Tensor(in.manager().zeros(new Shape(1))));
            if (value instanceof HostTensor host) {
                long[] filled = new long[size];
                Arrays.fill(filled, host.values()[0]);
                return new HostTensor(host.type(), shape, filled);
            }
            try (NDArray one = ((Tensor) value).array();
                    NDArray wide = one.broadcast(new Shape(shape))) {
                return new Tensor(wide.duplicate());
            }
        });
    }

    /** From start, by delta, up to but not including limit; computed in the type of the inputs. */
    private static Value range(Operands in) {
        if (in.isHost(0) || !in.array(0).getDataType().isFloating()) {
            long start = in.longs(0)[0];
            long delta = in.longs(2)[0];
            long span = in.longs(1)[0] - start;
            long count = Math.max(0, -Math.floorDiv(-span, delta));
            Shapes.elements(new long[] {count});
            long[] values =
                    LongStream.range(0, count).map(i -> start + i * delta).toArray();
            return new HostTensor(in.host(0).type(), new long[] {count}, values);
        }
        DataType type = in.array(0).getDataType();
        double start = in.number(0);
        double delta = in.number(2);
        double span = Math.ceil((in.number(1) - start) / delta);
        int count = Shapes.elements(new long[] {(long) Math.max(0, span)});
        double[] values = new double[count];
        Arrays.setAll(values, i -> start + i * delta);
        try (NDArray exact =
                NativeArrays.of(in.manager(), DoubleBuffer.wrap(values), new Shape(count), DataType.FLOAT64)) {
            return new Tensor(exact.toType(type, true));
        }
    }

    /** Keeps the upper or lower triangle of the last two axes: column minus row against k. */
    private static Operator triangle(NodeView node) {
        boolean upper = node.flag("upper", true);
        return Operator.single(in -> {
            NDArray array = in.array(0);
            long k = in.longs(1, new long[] {0})[0];
            long[] shape = in.shape(0);
            int rows = (int) shape[shape.length - 2];
            int columns = (int) shape[shape.length - 1];
            byte[] kept = new byte[rows * columns];
            for (int i = 0; i < kept.length; i++) {
                int diagonal = i % columns - i / columns;
                kept[i] = (byte) ((upper ? diagonal >= k : diagonal <= k) ? 1 : 0);
            }
            // Selection, not a product: the dropped half may be infinite.
            try (NDArray mask = NativeArrays.of(
                            in.manager(), ByteBuffer.wrap(kept), new Shape(rows, columns), DataType.BOOLEAN);
                    NDArray zero = in.manager().zeros(new Shape(), array.getDataType())) {
                return new Tensor(JniUtils.where((PtNDArray) mask, (PtNDArray) array, (PtNDArray) zero));
            }
        });
    }
}
