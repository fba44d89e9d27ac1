package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.Map;
import java.util.stream.IntStream;

/** Normalisations with one scale and one shift per channel, and of vectors to length 1. Stateless. */
final class ChannelNormalization {
    private static final float DEFAULT_EPSILON = 1e-5f;

    /** Opset since which group normalisation has a scale per channel; before, per group. */
    private static final int CHANNEL_SCALE_SINCE = 21;

    private ChannelNormalization() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("BatchNormalization", ChannelNormalization::batch);
        registry.put("InstanceNormalization", ChannelNormalization::instance);
        registry.put("GroupNormalization", ChannelNormalization::group);
        registry.put("LpNormalization", ChannelNormalization::length);
    }

    /** The running statistics stay as they are in the file: small batches of a stream would only blur them. */
    private static Operator batch(NodeView node) throws UnsupportedNodeException {
        // Before opset 14 the outputs alone say that it trains.
        boolean isTraining = node.flag("training_mode", false)
                || IntStream.range(1, node.proto().getOutputCount()).anyMatch(node::hasOutput);
        if (isTraining) {
            throw new UnsupportedNodeException("it updates its running statistics; export the model in inference mode");
        }
        float epsilon = node.real("epsilon", DEFAULT_EPSILON);
        node.ignores(AttributeType.FLOAT, "momentum"); // of the running statistics
        return Operator.single(in -> {
            PtNDArray mean = (PtNDArray) in.array(3);
            PtNDArray variance = (PtNDArray) in.array(4);
            return new Tensor(JniUtils.batchNorm(
                    (PtNDArray) in.array(0),
                    mean,
                    variance,
                    (PtNDArray) in.array(1),
                    (PtNDArray) in.array(2),
                    false,
                    0,
                    epsilon));
        });
    }

    private static Operator instance(NodeView node) {
        float epsilon = node.real("epsilon", DEFAULT_EPSILON);
        return Operator.single(in -> {
            long[] shape = in.shape(0);
            return normalized(in, new long[] {shape[0], shape[1], -1}, shape[1], epsilon);
        });
    }

    private static Operator group(NodeView node) throws UnsupportedNodeException {
        float epsilon = node.real("epsilon", DEFAULT_EPSILON);
        long groups = node.integer("num_groups", 0);
        Normalization.requireSinglePrecision(node);
        boolean perChannel = node.opset() >= CHANNEL_SCALE_SINCE;
        if (groups < 1) {
            throw new UnsupportedNodeException("num_groups must be 1 or more, was " + groups);
        }
        return Operator.single(in -> {
            long[] shape = in.shape(0);
            return normalized(in, new long[] {shape[0], groups, -1}, perChannel ? shape[1] : groups, epsilon);
        });
    }

    /**
     * Normalises the rows and applies scale and shift.
     *
     * @param rows the last axis is normalised
     * @param parts number of scales
     */
    private static Value normalized(Operands in, long[] rows, long parts, float epsilon) {
        NDArray x = in.array(0);
        long[] affine = {rows[0], parts, -1};
        try (NDArray flat = x.reshape(new Shape(rows));
                NDArray ones = in.manager().ones(new Shape(flat.getShape().get(2)));
                NDArray zeros = in.manager().zeros(ones.getShape());
                NDArray standard = JniUtils.layerNorm(
                        (PtNDArray) flat, ones.getShape(), (PtNDArray) ones, (PtNDArray) zeros, epsilon);
                NDArray channels = standard.reshape(new Shape(affine));
                NDArray scale = in.array(1).reshape(parts, 1);
                NDArray shift = in.array(2).reshape(parts, 1);
                NDArray scaled = channels.mul(scale);
                NDArray shifted = scaled.add(shift)) {
            return new Tensor(shifted.reshape(x.getShape()));
        }
    }

    /** Divides by the norm of order 1 or 2 along one axis; a zero vector stays zero. */
    private static Operator length(NodeView node) throws UnsupportedNodeException {
        long wanted = node.integer("axis", -1);
        long order = node.integer("p", 2);
        if (order != 1 && order != 2) {
            throw new UnsupportedNodeException("p must be 1 or 2, was " + order);
        }
        return Operator.single(in -> {
            PtNDArray x = (PtNDArray) in.array(0);
            int[] axis = {Shapes.axis(wanted, in.shape(0).length)};
            try (NDArray norm = JniUtils.norm(x, (int) order, axis, true);
                    NDArray isZero = norm.eq(0f);
                    NDArray one = isZero.toType(x.getDataType(), true);
                    NDArray divisor = norm.add(one)) {
                return new Tensor(x.div(divisor));
            }
        });
    }
}
