package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node as an operator's factory sees it: attributes with their defaults, and those inputs that are known before any
 * run. Immutable.
 *
 * @param proto the node
 * @param opset version of the default operator set, 11 to 21
 * @param scalars float values that never change, by value name
 */
public record NodeView(NodeProto proto, int opset, Map<String, Float> scalars) {
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

    Optional<AttributeProto> attribute(String name) {
        return proto.getAttributeList().stream()
                .filter(a -> a.getName().equals(name))
                .findFirst();
    }

    long integer(String name, long otherwise) {
        return attribute(name).map(AttributeProto::getI).orElse(otherwise);
    }

    boolean flag(String name, boolean otherwise) {
        return integer(name, otherwise ? 1 : 0) != 0;
    }

    float real(String name, float otherwise) {
        return attribute(name).map(AttributeProto::getF).orElse(otherwise);
    }

    String text(String name, String otherwise) {
        return attribute(name).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
    }

    Optional<TensorProto> tensor(String name) {
        return attribute(name).map(AttributeProto::getT);
    }

    /** Returns a list of integers; empty if the attribute is absent. */
    long[] integers(String name) {
        return attribute(name)
                .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray())
                .orElse(new long[0]);
    }

    /** Returns a list of floats; empty if the attribute is absent. */
    float[] reals(String name) {
        List<Float> given = attribute(name).map(AttributeProto::getFloatsList).orElse(List.of());
        float[] values = new float[given.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = given.get(i);
        }
        return values;
    }
}
