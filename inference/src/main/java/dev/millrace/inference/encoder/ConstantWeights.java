package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Weights that an exporter wrote as {@code Constant} nodes (PaddlePaddle's does so with all of them) become initializers
 * under the name of the value, so that they are chosen, trained, stored and served like any other. Stateless.
 */
public final class ConstantWeights {
    private ConstantWeights() {}

    /**
     * Returns the model with every float constant that has at least one axis as an initializer. Numbers without axes (an
     * epsilon, an exponent) stay constants, and so does what {@link NodeAppender} wrote.
     */
    public static ModelProto hoist(ModelProto model) {
        GraphProto graph = model.getGraph();
        if (graph.getNodeList().stream().noneMatch(node -> weight(node).isPresent())) {
            return model;
        }
        Set<String> outputs =
                graph.getOutputList().stream().map(ValueInfoProto::getName).collect(Collectors.toSet());
        GraphProto.Builder hoisted = graph.toBuilder().clearNode();
        for (NodeProto node : graph.getNodeList()) {
            Optional<TensorProto> weight = weight(node).filter(tensor -> !outputs.contains(node.getOutput(0)));
            weight.ifPresentOrElse(
                    tensor -> hoisted.addInitializer(tensor.toBuilder().setName(node.getOutput(0))),
                    () -> hoisted.addNode(node));
        }
        return model.toBuilder().setGraph(hoisted).build();
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
