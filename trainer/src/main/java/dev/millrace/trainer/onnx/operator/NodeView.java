package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A node as an operator's factory sees it: attributes with their defaults, and those inputs that are known before any
 * run. Remembers what was asked for, so that no attribute goes unnoticed. Used by one thread, for one factory.
 */
public final class NodeView {
    private final NodeProto proto;
    private final int opset;
    private final Map<String, Float> scalars;
    private final Map<String, AttributeType> asked = new HashMap<>();

    /**
     * @param proto the node
     * @param opset version of the default operator set, 11 to 21
     * @param scalars float values that never change, by value name
     */
    public NodeView(NodeProto proto, int opset, Map<String, Float> scalars) {
        this.proto = proto;
        this.opset = opset;
        this.scalars = scalars;
    }

    NodeProto proto() {
        return proto;
    }

    int opset() {
        return opset;
    }

    /** Returns the names of the attributes that were asked for. */
    Set<String> asked() {
        return Set.copyOf(asked.keySet());
    }

    /**
     * Checks that everything the node says was heard, in the type in which it says it.
     *
     * @throws UnsupportedNodeException with the attributes that were not
     */
    void checkAllHeard() throws UnsupportedNodeException {
        for (AttributeProto attribute : proto.getAttributeList()) {
            AttributeType type = asked.get(attribute.getName());
            if (type == null) {
                throw new UnsupportedNodeException("its attribute \"" + attribute.getName() + "\" is not implemented");
            }
            if (attribute.getType() != type && attribute.getType() != AttributeType.UNDEFINED) {
                throw new UnsupportedNodeException("its attribute \"" + attribute.getName() + "\" must be " + type
                        + ", was " + attribute.getType());
            }
        }
    }

    boolean hasInput(int index) {
        return index < proto.getInputCount() && !proto.getInput(index).isEmpty();
    }

    boolean hasOutput(int index) {
        return index < proto.getOutputCount() && !proto.getOutput(index).isEmpty();
    }

    /** Returns an input that is a single float known at load time. */
    Optional<Float> scalar(int index) {
        return hasInput(index) ? Optional.ofNullable(scalars.get(proto.getInput(index))) : Optional.empty();
    }

    /** Names attributes that change nothing in the result of a forward pass. */
    void ignores(AttributeType type, String name) {
        asked.put(name, type);
    }

    boolean has(String name) {
        return proto.getAttributeList().stream().anyMatch(a -> a.getName().equals(name));
    }

    private Optional<AttributeProto> attribute(String name, AttributeType type) {
        asked.put(name, type);
        return proto.getAttributeList().stream()
                .filter(a -> a.getName().equals(name))
                .findFirst();
    }

    long integer(String name, long otherwise) {
        return attribute(name, AttributeType.INT).map(AttributeProto::getI).orElse(otherwise);
    }

    boolean flag(String name, boolean otherwise) {
        return integer(name, otherwise ? 1 : 0) != 0;
    }

    float real(String name, float otherwise) {
        return attribute(name, AttributeType.FLOAT).map(AttributeProto::getF).orElse(otherwise);
    }

    String text(String name, String otherwise) {
        return attribute(name, AttributeType.STRING)
                .map(a -> a.getS().toStringUtf8())
                .orElse(otherwise);
    }

    Optional<TensorProto> tensor(String name) {
        return attribute(name, AttributeType.TENSOR).map(AttributeProto::getT);
    }

    /** Returns a list of integers; empty if the attribute is absent. */
    long[] integers(String name) {
        return attribute(name, AttributeType.INTS)
                .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray())
                .orElse(new long[0]);
    }

    /** Returns a list of floats; empty if the attribute is absent. */
    float[] reals(String name) {
        List<Float> given = attribute(name, AttributeType.FLOATS)
                .map(AttributeProto::getFloatsList)
                .orElse(List.of());
        float[] values = new float[given.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = given.get(i);
        }
        return values;
    }
}
