package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Every operator that can be trained through. Immutable, thread-safe. */
public final class OperatorRegistry {
    /** First and last version of the default operator set whose meaning is implemented. */
    public static final int MIN_OPSET = 11;

    public static final int MAX_OPSET = 21;

    /** Our one operator that ONNX has not: {@code x W + b} for x of any rank, made from MatMul and Add at load. */
    public static final String LINEAR = "millrace.Linear";

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
        return Map.copyOf(registry);
    }

    /** Returns the names of all supported operators, sorted. */
    public static Set<String> names() {
        return new TreeSet<>(FACTORIES.keySet());
    }

    /**
     * Returns the operator of a node.
     *
     * @throws UnsupportedNodeException with the reason, if there is none
     */
    public static Operator create(NodeView node) throws UnsupportedNodeException {
        String domain = node.proto().getDomain();
        if (!domain.isEmpty() && !domain.equals("ai.onnx")) {
            throw new UnsupportedNodeException(
                    "operator set \"" + domain + "\" is not part of ONNX; export the model without fused operators");
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
        return factory.create(node);
    }
}
