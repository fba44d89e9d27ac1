package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;

/**
 * Appends nodes to a graph, each in the form that the file's own operator set asks for. Every method returns the name of
 * the value it made. Not thread-safe.
 */
final class NodeAppender {
    /** From this operator set on, ReduceSum and Unsqueeze take their axes as an input instead of an attribute. */
    private static final long AXES_AS_INPUT = 13;
    /** As above, for ReduceMax. */
    private static final long MAX_AXES_AS_INPUT = 18;
    /**
     * Added under the square root of a norm: far below one unit in the last place of any real vector's squared norm,
     * but it makes the norm of a zero vector, and the gradient there, finite.
     */
    private static final float SQUARED_NORM_FLOOR = 1e-24f;

    /** Start of every appended node's name; exporters do not use it. */
    static final String RESERVED = "/millrace/";

    private final GraphProto.Builder graph;
    private final long operatorSet;
    private final String prefix;
    private int appended;

    /** @param prefix start of every node and value name, for example {@code /millrace/head} */
    NodeAppender(GraphProto.Builder graph, long operatorSet, String prefix) {
        this.graph = graph;
        this.operatorSet = operatorSet;
        this.prefix = prefix;
    }

    String node(String operator, List<String> inputs, AttributeProto... attributes) {
        String name = prefix + "/" + operator + "_" + appended++;
        return node(name, operator, inputs, name + "_output", attributes);
    }

    /** As {@link #node(String, List, AttributeProto...)}, but the value gets this name. */
    String named(String output, String operator, List<String> inputs, AttributeProto... attributes) {
        return node(prefix + "/" + operator + "_" + appended++, operator, inputs, output, attributes);
    }

    private String node(
            String name, String operator, List<String> inputs, String output, AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return output;
    }

    String constant(TensorProto value) {
        return node(
                "Constant",
                List.of(),
                AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(value)
                        .build());
    }

    /** Sum over one axis, which is kept with length 1 when {@code keep}. */
    String reduceSum(String value, long axis, boolean keep) {
        AttributeProto keepDimensions = integer("keepdims", keep ? 1 : 0);
        if (operatorSet >= AXES_AS_INPUT) {
            return node("ReduceSum", List.of(value, axes(axis)), keepDimensions);
        }
        return node("ReduceSum", List.of(value), integers("axes", axis), keepDimensions);
    }

    /** Largest value over one axis, which goes. */
    String reduceMax(String value, long axis) {
        AttributeProto keepDimensions = integer("keepdims", 0);
        if (operatorSet >= MAX_AXES_AS_INPUT) {
            return node("ReduceMax", List.of(value, axes(axis)), keepDimensions);
        }
        return node("ReduceMax", List.of(value), integers("axes", axis), keepDimensions);
    }

    String unsqueeze(String value, long axis) {
        if (operatorSet >= AXES_AS_INPUT) {
            return node("Unsqueeze", List.of(value, axes(axis)));
        }
        return node("Unsqueeze", List.of(value), integers("axes", axis));
    }

    /** Rows of {@code [rows, dim]} divided by their L2 norm; a zero row stays zero. The value gets the given name. */
    String normaliseRows(String value, String output) {
        String squares = reduceSum(node("Mul", List.of(value, value)), 1, true);
        String floored = node("Add", List.of(squares, constant(Tensors.scalar(SQUARED_NORM_FLOOR))));
        return named(output, "Div", List.of(value, node("Sqrt", List.of(floored))));
    }

    private String axes(long axis) {
        return constant(Tensors.int64s(List.of(axis), false));
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto integers(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }
}
