package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A model of a single node with its inputs, for tests. Immutable. */
final class OneNode {
    private static final int IR_VERSION = 10;

    private final String operator;
    private final int opset;
    private final List<AttributeProto> attributes;
    private final List<@Nullable HostArray> inputs;
    private final int outputs;

    private OneNode(
            String operator,
            int opset,
            List<AttributeProto> attributes,
            List<@Nullable HostArray> inputs,
            int outputs) {
        this.operator = operator;
        this.opset = opset;
        this.attributes = attributes;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    static OneNode of(String operator, int opset, HostArray... inputs) {
        return new OneNode(operator, opset, List.of(), new ArrayList<>(Arrays.asList(inputs)), 1);
    }

    OneNode with(String name, long value) {
        return with(attribute(name, AttributeProto.AttributeType.INT).setI(value));
    }

    OneNode with(String name, float value) {
        return with(attribute(name, AttributeProto.AttributeType.FLOAT).setF(value));
    }

    OneNode with(String name, String value) {
        return with(attribute(name, AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(value)));
    }

    OneNode with(String name, long... values) {
        return with(attribute(name, AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList()));
    }

    OneNode with(String name, HostArray value) {
        return with(attribute(name, AttributeProto.AttributeType.TENSOR).setT(value.toProto("")));
    }

    private OneNode with(AttributeProto.Builder attribute) {
        List<AttributeProto> more = new ArrayList<>(attributes);
        more.add(attribute.build());
        return new OneNode(operator, opset, more, inputs, outputs);
    }

    OneNode without(String attribute) {
        List<AttributeProto> fewer =
                attributes.stream().filter(a -> !a.getName().equals(attribute)).toList();
        return new OneNode(operator, opset, fewer, inputs, outputs);
    }

    /** Adds an input that is left out. */
    OneNode absent() {
        return input(null);
    }

    OneNode input(@Nullable HostArray input) {
        List<@Nullable HostArray> more = new ArrayList<>(inputs);
        more.add(input);
        return new OneNode(operator, opset, attributes, more, outputs);
    }

    OneNode outputs(int count) {
        return new OneNode(operator, opset, attributes, inputs, count);
    }

    private static AttributeProto.Builder attribute(String name, AttributeProto.AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    String operator() {
        return operator;
    }

    int opset() {
        return opset;
    }

    /** Tells whether the first output is made of floats: all but a conversion keep the type of what they compute with. */
    boolean resultIsFloat() {
        if (operator.equals("Cast")) {
            return attributes.get(0).getI() == TensorProto.DataType.FLOAT_VALUE;
        }
        HostArray last = inputs.get(operator.equals("CastLike") ? 1 : 0);
        return operator.equals("Where")
                || operator.equals("OneHot")
                || (last != null && last.onnxType() == TensorProto.DataType.FLOAT_VALUE);
    }

    /** Returns the inputs that are not left out, by value name. */
    Map<String, HostArray> inputs() {
        Map<String, HostArray> named = new LinkedHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            HostArray input = inputs.get(i);
            if (input != null) {
                named.put("in" + i, input);
            }
        }
        return named;
    }

    List<String> outputNames() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            names.add("out" + i);
        }
        return names;
    }

    /** Returns the model with all inputs fed at run time. */
    ModelProto fed() {
        GraphProto.Builder graph = graph();
        inputs().forEach((name, array) -> graph.addInput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(array.onnxType())))));
        return model(graph);
    }

    /** Returns the model with all inputs stored in it. */
    ModelProto stored() {
        GraphProto.Builder graph = graph();
        inputs().forEach((name, array) -> graph.addInitializer(array.toProto(name)));
        return model(graph);
    }

    private GraphProto.Builder graph() {
        NodeProto.Builder node =
                NodeProto.newBuilder().setName("node").setOpType(operator).addAllAttribute(attributes);
        for (int i = 0; i < inputs.size(); i++) {
            node.addInput(inputs.get(i) == null ? "" : "in" + i);
        }
        node.addAllOutput(outputNames());
        GraphProto.Builder graph = GraphProto.newBuilder().setName("graph").addNode(node);
        outputNames()
                .forEach(name -> graph.addOutput(ValueInfoProto.newBuilder().setName(name)));
        return graph;
    }

    private ModelProto model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build();
    }

    @Override
    public String toString() {
        String given = inputs.stream()
                .map(input -> input == null ? "-" : input.type() + Arrays.toString(input.shape()))
                .collect(Collectors.joining(" "));
        String set = attributes.stream().map(OneNode::show).collect(Collectors.joining());
        return operator + "-" + opset + " " + given + set;
    }

    private static String show(AttributeProto attribute) {
        TensorProto tensor = attribute.getT();
        Object value = switch (attribute.getType()) {
            case INT -> attribute.getI();
            case FLOAT -> attribute.getF();
            case STRING -> attribute.getS().toStringUtf8();
            case INTS -> attribute.getIntsList();
            default -> "tensor" + tensor.getDimsList();
        };
        return " " + attribute.getName() + "=" + value;
    }
}
