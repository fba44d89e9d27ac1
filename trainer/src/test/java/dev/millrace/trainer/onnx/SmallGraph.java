package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;

/** Builds models of a few nodes for tests. Each node's name is its first output with a leading slash. */
final class SmallGraph {
    private static final int IR_VERSION = 10;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("graph");
    private final int opset;

    SmallGraph(int opset) {
        this.opset = opset;
    }

    /** Adds a float input of any shape. */
    SmallGraph input(String name) {
        graph.addInput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber()))));
        return this;
    }

    SmallGraph weight(String name, HostArray values) {
        graph.addInitializer(values.toProto(name));
        return this;
    }

    SmallGraph initializer(TensorProto tensor) {
        graph.addInitializer(tensor);
        return this;
    }

    /** Adds a node that holds a constant. */
    SmallGraph constant(String name, HostArray values) {
        graph.addNode(NodeProto.newBuilder()
                .setName("/" + name)
                .setOpType("Constant")
                .addOutput(name)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(values.toProto(""))));
        return this;
    }

    SmallGraph scalar(String name, double value) {
        return constant(name, HostArray.floats(new long[0], value));
    }

    SmallGraph node(String operator, String output, String... inputs) {
        return node(NodeProto.newBuilder()
                .setName("/" + output)
                .setOpType(operator)
                .addOutput(output)
                .addAllInput(List.of(inputs)));
    }

    /** Adds a mean over the last axis, in the form before opset 18. */
    SmallGraph lastAxisMean(String output, String input) {
        return node(NodeProto.newBuilder()
                .setName("/" + output)
                .setOpType("ReduceMean")
                .addOutput(output)
                .addInput(input)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("axes")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addInts(-1)));
    }

    SmallGraph node(NodeProto.Builder node) {
        graph.addNode(node);
        return this;
    }

    SmallGraph output(String name) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(name));
        return this;
    }

    ModelProto build() {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build();
    }
}
