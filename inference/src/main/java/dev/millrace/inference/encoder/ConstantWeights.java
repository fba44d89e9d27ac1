package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Weights that an exporter wrote as {@code Constant} nodes (PaddlePaddle's does so with all of them) become initializers
 * under the name of the value, so that they are chosen, trained, stored and served like any other. The other way round,
 * numbers that decide shapes become {@code Constant} nodes: the serving runtime reads them before it is given the weights.
 * Stateless.
 */
public final class ConstantWeights {
    /** Operands from which a runtime infers shapes, by operator: factors of a resize, ends of a range, a number of classes. */
    private static final Map<String, List<Integer>> SHAPING =
            Map.of("Resize", List.of(1, 2), "Range", List.of(0, 1, 2), "OneHot", List.of(1));

    private ConstantWeights() {}

    /**
     * Returns the model with every float constant that has at least one axis as an initializer. Numbers without axes (an
     * epsilon, an exponent) stay constants, and so does what {@link NodeAppender} wrote. A float initializer that decides a
     * shape becomes a constant.
     */
    public static ModelProto hoist(ModelProto model) {
        GraphProto graph = model.getGraph();
        Set<String> kept =
                graph.getOutputList().stream().map(ValueInfoProto::getName).collect(Collectors.toSet());
        Set<String> shaping = shaping(graph);
        kept.addAll(shaping);
        GraphProto.Builder hoisted = graph.toBuilder().clearNode().clearInitializer();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (Tensors.isFloat(tensor) && shaping.contains(tensor.getName())) {
                hoisted.addNode(constant(tensor));
            } else {
                hoisted.addInitializer(tensor);
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            Optional<TensorProto> weight = weight(node).filter(tensor -> !kept.contains(node.getOutput(0)));
            weight.ifPresentOrElse(
                    tensor -> hoisted.addInitializer(tensor.toBuilder().setName(node.getOutput(0))),
                    () -> hoisted.addNode(node));
        }
        return model.toBuilder().setGraph(hoisted).build();
    }

    private static Set<String> shaping(GraphProto graph) {
        Set<String> names = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            SHAPING.getOrDefault(node.getOpType(), List.of()).stream()
                    .filter(operand -> operand < node.getInputCount())
                    .map(node::getInput)
                    .forEach(names::add);
        }
        return names;
    }

    private static NodeProto constant(TensorProto value) {
        return NodeProto.newBuilder()
                .setName(value.getName() + "/Constant")
                .setOpType("Constant")
                .addOutput(value.getName())
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(value))
                .build();
    }

    private static Optional<TensorProto> weight(NodeProto node) {
        if (!node.getOpType().equals("Constant")
                || node.getOutputCount() != 1
                || node.getName().startsWith(NodeAppender.RESERVED)) {
            return Optional.empty();
        }
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("value") && attribute.hasT())
                .map(AttributeProto::getT)
                .filter(tensor -> Tensors.isFloat(tensor) && tensor.getDimsCount() > 0)
                .findFirst();
    }
}
