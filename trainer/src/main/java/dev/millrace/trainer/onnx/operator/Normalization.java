package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.Arrays;
import java.util.Map;

/** Softmax and layer normalisation. Stateless. */
final class Normalization {
    /** Opset since which softmax works along one axis; before, everything from the axis on was one row. */
    private static final int SINGLE_AXIS_SINCE = 13;

    private static final float DEFAULT_EPSILON = 1e-5f;

    private Normalization() {}

    /** A softmax-like function along one axis. */
    @FunctionalInterface
    private interface AlongAxis {
        NDArray apply(NDArray array, int axis);
    }

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Softmax", alongAxis(NDArray::softmax));
        registry.put("LogSoftmax", alongAxis(NDArray::logSoftmax));
        registry.put("LayerNormalization", Normalization::layerNorm);
    }

    private static Operator.Factory alongAxis(AlongAxis function) {
        return node -> {
            boolean singleAxis = node.opset() >= SINGLE_AXIS_SINCE;
            long wanted = node.integer("axis", singleAxis ? -1 : 1);
            return Operator.single(in -> {
                NDArray array = in.array(0);
                long[] shape = in.shape(0);
                int axis = Shapes.axis(wanted, shape.length);
                if (singleAxis || axis == shape.length - 1) {
                    return new Tensor(function.apply(array, axis));
                }
                try (NDArray rows = array.reshape(
                                Shapes.product(shape, 0, axis), Shapes.product(shape, axis, shape.length));
                        NDArray result = function.apply(rows, 1)) {
                    return new Tensor(result.reshape(new Shape(shape)));
                }
            });
        };
    }

    private static Operator layerNorm(NodeView node) throws UnsupportedNodeException {
        if (node.hasOutput(1) || node.hasOutput(2)) {
            throw new UnsupportedNodeException("the outputs Mean and InvStdDev are not supported");
        }
        long wanted = node.integer("axis", -1);
        float epsilon = node.real("epsilon", DEFAULT_EPSILON);
        requireSinglePrecision(node);
        return Operator.single(in -> {
            long[] shape = in.shape(0);
            int axis = Shapes.axis(wanted, shape.length);
            Shape normalized = new Shape(Arrays.copyOfRange(shape, axis, shape.length));
            int rank = normalized.dimension();
            boolean isWider = in.shape(1).length > rank || (in.has(2) && in.shape(2).length > rank);
            return isWider
                    ? scaledAfterwards(in, normalized, epsilon)
                    : new Tensor(JniUtils.layerNorm(
                            (PtNDArray) in.array(0),
                            normalized,
                            parameter(in, 1, normalized),
                            parameter(in, 2, normalized),
                            epsilon));
        });
    }

    /** Scale and shift may be as wide as x, and so differ within what is not normalised. */
    private static Value scaledAfterwards(Operands in, Shape normalized, float epsilon) {
        try (NDArray ones = in.manager().ones(normalized);
                NDArray zeros = in.manager().zeros(normalized);
                NDArray standard = JniUtils.layerNorm(
                        (PtNDArray) in.array(0), normalized, (PtNDArray) ones, (PtNDArray) zeros, epsilon)) {
            NDArray scaled = standard.mul(in.array(1));
            if (!in.has(2)) {
                return new Tensor(scaled);
            }
            try (NDArray product = scaled) {
                return new Tensor(product.add(in.array(2)));
            }
        }
    }

    /** The type in which mean and variance are computed. */
    static void requireSinglePrecision(NodeView node) throws UnsupportedNodeException {
        long type = node.integer("stash_type", TensorProto.DataType.FLOAT_VALUE);
        if (type != TensorProto.DataType.FLOAT_VALUE) {
            throw new UnsupportedNodeException("stash_type must be 1 (FLOAT), was " + type);
        }
    }

    /** Returns scale or shift in the normalised shape; what has to be made for that lives until the step ends. */
    private static PtNDArray parameter(Operands in, int index, Shape normalized) {
        NDArray given = in.has(index) ? in.array(index) : in.manager().zeros(normalized);
        if (given.getShape().equals(normalized)) {
            return (PtNDArray) given;
        }
        NDArray wide = given.broadcast(normalized);
        wide.attach(in.manager());
        return (PtNDArray) wide;
    }
}
