package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.millrace.inference.encoder.ModelFile;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Every operator that can be trained through. Immutable, thread-safe. */
public final class OperatorRegistry {
    /** First and last version of the default operator set whose meaning is implemented. */
    public static final int MIN_OPSET = ModelFile.OLDEST_OPERATOR_SET;

    public static final int MAX_OPSET = ModelFile.NEWEST_OPERATOR_SET;

    private static final String OURS = "millrace.";

    /** An operator that ONNX has not: {@code x W + b} for x of any rank, made from MatMul and Add at load. */
    public static final String LINEAR = OURS + "Linear";

    /** Another: tokens in each row of a mask {@code [rows, columns]}, and its columns. */
    public static final String LENGTHS = OURS + "Lengths";

    /** Another: {@code [rows, columns, ...]}, lengths, columns to {@code [tokens, ...]}, padding left out. */
    public static final String PACK = OURS + "Pack";

    /** Another: {@code [tokens, ...]}, lengths, columns to {@code [rows, columns, ...]}, zeros for padding. */
    public static final String UNPACK = OURS + "Unpack";

    private static final Map<String, Operator.Factory> FACTORIES = factories();

    private OperatorRegistry() {}

    private static Map<String, Operator.Factory> factories() {
        Map<String, Operator.Factory> registry = new HashMap<>();
        Arithmetic.register(registry);
        Logic.register(registry);
        Reductions.register(registry);
        Normalization.register(registry);
        LinearAlgebra.register(registry);
        Layout.register(registry);
        Selection.register(registry);
        Creation.register(registry);
        Activations.register(registry);
        ChannelNormalization.register(registry);
        Convolution.register(registry);
        Pooling.register(registry);
        Padding.register(registry);
        Resizing.register(registry);
        Gathering.register(registry);
        Scattering.register(registry);
        Einsum.register(registry);
        Packing.register(registry);
        return Map.copyOf(registry);
    }

    /** Returns the names of all supported operators of ONNX, sorted. */
    public static SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>(FACTORIES.keySet());
        names.removeIf(name -> name.startsWith(OURS));
        return names;
    }

    /** Tells whether a gradient goes through a supported operator; false where results are whole numbers or steps. */
    public static boolean hasGradient(String operator) {
        return Untrainable.hasGradient(operator);
    }

    /**
     * Tells whether an operand never trains, although it may be a float weight: the running statistics of a batch
     * normalisation, the factors of a resize.
     */
    public static boolean isFixed(String operator, int operand) {
        return Untrainable.isFixed(operator, operand);
    }

    /** Returns the operators that ONNX has and that are refused, sorted, each with the reason. */
    public static SortedMap<String, String> refused() {
        return new TreeMap<>(Untrainable.reasonsByOperator());
    }

    /** Returns the first opset from {@link #MIN_OPSET} on that has a supported operator. */
    public static int since(String operator) {
        Signature signature = Signature.of(operator);
        return signature == null ? MIN_OPSET : signature.since();
    }

    /**
     * Checks that a node has the inputs and outputs of its operator, and that the opset has that operator.
     *
     * @throws UnsupportedNodeException with what is wrong; for an operator that is not implemented only when there is no
     *     output
     */
    public static void checkSignature(NodeProto node, int opset) throws UnsupportedNodeException {
        Signature signature = Signature.of(node.getOpType());
        if (signature != null && isOnnx(node)) {
            signature.check(node, opset);
        } else if (node.getOutputCount() == 0) {
            throw new UnsupportedNodeException("it has no output");
        }
    }

    private static boolean isOnnx(NodeProto node) {
        return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
    }

    /**
     * Returns the operator of a node that {@link #checkSignature} has passed, or that fusion has made.
     *
     * @throws UnsupportedNodeException with the reason, if there is none
     */
    public static Operator create(NodeView node) throws UnsupportedNodeException {
        if (!isOnnx(node.proto())) {
            throw new UnsupportedNodeException("operator set \"" + node.proto().getDomain()
                    + "\" is not part of ONNX; export the model without fused operators");
        }
        String refusal = Untrainable.reasonsByOperator().get(node.proto().getOpType());
        if (refusal != null) {
            throw new UnsupportedNodeException(refusal);
        }
        for (AttributeProto attribute : node.proto().getAttributeList()) {
            if (attribute.hasG() || attribute.getGraphsCount() > 0) {
                throw new UnsupportedNodeException("control flow is not supported");
            }
        }
        Operator.Factory factory = FACTORIES.get(node.proto().getOpType());
        if (factory == null) {
            throw new UnsupportedNodeException("operator is not implemented");
        }
        Operator operator = factory.create(node);
        node.checkAllHeard();
        return operator;
    }
}
