package dev.millrace.trainer.onnx.zoo;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A graph as an exporter writes it: nodes under the path of their module, constants as nodes of their own, matrices under
 * anonymous names. A value is named by a string; every method returns the value that it made.
 */
final class ExportedGraph {
    private static final int IR_VERSION = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("main_graph");
    private final Map<String, Integer> taken = new HashMap<>();
    private final Random random;
    private final int opset;
    private String path = "";

    ExportedGraph(int opset, long seed) {
        this.opset = opset;
        this.random = new Random(seed);
    }

    int opset() {
        return opset;
    }

    /** Later nodes lie under this module's path, for example {@code /encoder/layer.0}. */
    ExportedGraph at(String module) {
        path = module;
        return this;
    }

    /** Adds a graph input; an extent of 0 is open. */
    String input(String name, DataType type, long... extents) {
        graph.addInput(value(name, type, extents));
        return name;
    }

    void output(String name, long... extents) {
        graph.addOutput(value(name, DataType.FLOAT32, extents));
    }

    private static ValueInfoProto value(String name, DataType type, long... extents) {
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(new HostArray(type, new long[0], new double[1]).onnxType());
        for (int i = 0; i < extents.length; i++) {
            if (extents[i] == 0) {
                tensor.getShapeBuilder().addDimBuilder().setDimParam(i == 0 ? "batch" : "axis_" + i);
            } else {
                tensor.getShapeBuilder().addDimBuilder().setDimValue(extents[i]);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    /** Adds an initializer of random values in {@code [center - spread, center + spread)}. */
    String weight(String name, double center, double spread, long... shape) {
        graph.addInitializer(HostArray.random(random, center - spread, center + spread, shape)
                .toProto(name));
        return name;
    }

    /** Adds an initializer with given values. */
    String stored(String name, HostArray values) {
        graph.addInitializer(values.toProto(name));
        return name;
    }

    /** Adds a matrix as PyTorch's exporter does: transposed for MatMul, without its name. */
    String matrix(long in, long out) {
        String name = "onnx::MatMul_" + (1000 + graph.getInitializerCount());
        return weight(name, 0, Math.sqrt(1.0 / (double) in), in, out);
    }

    String number(double value) {
        return constant(HostArray.floats(new long[0], value));
    }

    String whole(long value) {
        return constant(HostArray.longs(new long[0], value));
    }

    String wholes(long... values) {
        return constant(HostArray.vector(values));
    }

    String constant(HostArray values) {
        return node(
                "Constant",
                List.of(),
                AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(values.toProto(""))
                        .build());
    }

    String node(String operator, List<String> inputs, AttributeProto... attributes) {
        return nodes(operator, inputs, 1, attributes).get(0);
    }

    String node(String operator, String input, AttributeProto... attributes) {
        return node(operator, List.of(input), attributes);
    }

    /** Adds a node with several outputs. */
    List<String> nodes(String operator, List<String> inputs, int outputs, AttributeProto... attributes) {
        String name = unused(path + "/" + operator);
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(inputs)
                .addAllAttribute(Arrays.asList(attributes));
        for (int i = 0; i < outputs; i++) {
            node.addOutput(name + "_output_" + i);
        }
        graph.addNode(node);
        return node.getOutputList().stream().toList();
    }

    /** Gives a value the name of a graph output. */
    void named(String value, String name, long... extents) {
        String before = path;
        at("");
        String copy = node("Identity", value);
        int last = graph.getNodeCount() - 1;
        graph.getNodeBuilder(last).setOutput(0, name);
        at(before);
        taken.remove(copy);
        output(name, extents);
    }

    private String unused(String name) {
        int count = taken.merge(name, 1, Integer::sum) - 1;
        return count == 0 ? name : name + "_" + count;
    }

    static AttributeProto is(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto real(String name, double value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF((float) value)
                .build();
    }

    static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    static AttributeProto are(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    ModelProto build() {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("pytorch")
                .setProducerVersion("generated")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build();
    }
}
