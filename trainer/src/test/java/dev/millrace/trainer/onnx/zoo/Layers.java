package dev.millrace.trainer.onnx.zoo;

import static dev.millrace.trainer.onnx.zoo.ExportedGraph.are;
import static dev.millrace.trainer.onnx.zoo.ExportedGraph.is;
import static dev.millrace.trainer.onnx.zoo.ExportedGraph.real;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The layers of transformers and convolutional networks, each in the form that the graph's opset asks for. */
final class Layers {
    static final int TRANSFORMER_WIDTH = 32;

    private static final double EPSILON = 1e-5;

    private final ExportedGraph graph;

    Layers(ExportedGraph graph) {
        this.graph = graph;
    }

    String unsqueeze(String value, long... axes) {
        return graph.opset() < 13
                ? graph.node("Unsqueeze", value, are("axes", axes))
                : graph.node("Unsqueeze", List.of(value, graph.wholes(axes)));
    }

    String squeeze(String value, long... axes) {
        return graph.opset() < 13
                ? graph.node("Squeeze", value, are("axes", axes))
                : graph.node("Squeeze", List.of(value, graph.wholes(axes)));
    }

    String mean(String value, boolean keep, long... axes) {
        return graph.opset() < 18
                ? graph.node("ReduceMean", value, are("axes", axes), is("keepdims", keep ? 1 : 0))
                : graph.node("ReduceMean", List.of(value, graph.wholes(axes)), is("keepdims", keep ? 1 : 0));
    }

    /** {@code value.size(axis)} as a number. */
    String extent(String value, long axis) {
        return graph.node("Gather", List.of(graph.node("Shape", value), graph.whole(axis)), is("axis", 0));
    }

    /** {@code value.view(...)}, where a part is the number of a value or a constant. */
    String view(String value, Object... extents) {
        List<String> parts = Stream.of(extents)
                .map(extent -> extent instanceof String number
                        ? unsqueeze(number, 0)
                        : graph.wholes(((Number) extent).longValue()))
                .toList();
        return graph.node("Reshape", List.of(value, graph.node("Concat", parts, is("axis", 0))));
    }

    /** A linear layer on any rank: MatMul with an anonymous matrix, and the bias as the first operand. */
    String linear(String x, String name, long in, long out) {
        String bias = graph.weight(name + ".bias", 0, 0.1, out);
        return graph.node("Add", List.of(bias, graph.node("MatMul", List.of(x, graph.matrix(in, out)))));
    }

    /** A linear layer on a matrix: Gemm with the weight as PyTorch holds it. */
    String gemm(String x, String name, long in, long out) {
        String weight = graph.weight(name + ".weight", 0, Math.sqrt(1.0 / (double) in), out, in);
        return graph.node(
                "Gemm",
                List.of(x, weight, graph.weight(name + ".bias", 0, 0.1, out)),
                real("alpha", 1),
                real("beta", 1),
                is("transB", 1));
    }

    /** As the other, for the width of the transformers here, as a module of its own. */
    String layerNorm(String x, ExportedGraph at, String module, String name) {
        at.at(module);
        return layerNorm(x, name, TRANSFORMER_WIDTH);
    }

    /** One node since opset 17, nine before. */
    String layerNorm(String x, String name, long width) {
        String scale = graph.weight(name + ".weight", 1, 0.2, width);
        String shift = graph.weight(name + ".bias", 0, 0.2, width);
        if (graph.opset() >= 17) {
            return graph.node("LayerNormalization", List.of(x, scale, shift), is("axis", -1), real("epsilon", EPSILON));
        }
        String centred = graph.node("Sub", List.of(x, mean(x, true, -1)));
        String variance = mean(graph.node("Pow", List.of(centred, graph.number(2))), true, -1);
        String deviation = graph.node("Sqrt", graph.node("Add", List.of(variance, graph.number(EPSILON))));
        String standard = graph.node("Div", List.of(centred, deviation));
        return graph.node("Add", List.of(graph.node("Mul", List.of(standard, scale)), shift));
    }

    /** One node since opset 20, five before. */
    String gelu(String x) {
        if (graph.opset() >= 20) {
            return graph.node("Gelu", x);
        }
        String erf = graph.node("Erf", graph.node("Div", List.of(x, graph.number(Math.sqrt(2)))));
        String gate = graph.node("Add", List.of(erf, graph.number(1)));
        return graph.node("Mul", List.of(graph.node("Mul", List.of(x, gate)), graph.number(0.5)));
    }

    /** {@code x sigmoid(1.702 x)} of CLIP. */
    String quickGelu(String x) {
        String gate = graph.node("Sigmoid", graph.node("Mul", List.of(x, graph.number(1.702))));
        return graph.node("Mul", List.of(x, gate));
    }

    /** Divides rows by their length. */
    String normalised(String x) {
        String length = graph.opset() < 18
                ? graph.node("ReduceL2", x, are("axes", -1), is("keepdims", 1))
                : graph.node("ReduceL2", List.of(x, graph.wholes(-1)), is("keepdims", 1));
        return graph.node("Div", List.of(x, length));
    }

    /** {@code parameter.expand(batch, -1, -1)}: the long way by which TorchScript works out a target with -1 in it. */
    String expanded(String parameter, String batch, long... rest) {
        List<String> parts = Stream.concat(
                        Stream.of(unsqueeze(batch, 0)), Arrays.stream(rest).mapToObj(extent -> graph.wholes(-1)))
                .toList();
        String wanted = graph.node("Concat", parts, is("axis", 0));
        String ones = graph.node(
                "ConstantOfShape",
                graph.wholes(parts.size()),
                AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(HostArray.vector(1).toProto(""))
                        .build());
        String open = graph.node("Equal", List.of(wanted, graph.node("Mul", List.of(ones, graph.whole(-1)))));
        return graph.node("Expand", List.of(parameter, graph.node("Where", List.of(open, ones, wanted))));
    }

    /**
     * Multi-head attention over x [batch, tokens, width]: heads split by Shape, Gather, Unsqueeze, Concat and Reshape, the
     * scores divided by a constant, as eager attention is exported.
     *
     * @param mask added to the scores; empty for none
     */
    String attention(String x, String name, long width, long heads, String mask) {
        long size = width / heads;
        String query = heads(linear(x, name + ".query", width, width), heads, size, 0, 2, 1, 3);
        String key = heads(linear(x, name + ".key", width, width), heads, size, 0, 2, 3, 1);
        String value = heads(linear(x, name + ".value", width, width), heads, size, 0, 2, 1, 3);
        String scores = graph.node(
                "Div", List.of(graph.node("MatMul", List.of(query, key)), graph.number(Math.sqrt((double) size))));
        return context(scores, value, mask, name, width);
    }

    /**
     * The same with {@code scaled_dot_product_attention}: one matrix for query, key and value, split by a transposition and
     * Split with Squeeze, and the root of the scale, worked out from the shape, on both sides.
     */
    String packedAttention(String x, String name, long width, long heads, String mask) {
        long size = width / heads;
        String packed = linear(x, name + ".qkv", width, 3 * width);
        String split = view(packed, extent(x, 0), extent(x, 1), 3, heads, size);
        String turned = graph.node("Transpose", split, are("perm", 2, 0, 3, 1, 4));
        List<String> parts = graph.opset() < 18
                ? graph.nodes("Split", List.of(turned), 3, is("axis", 0))
                : graph.nodes("Split", List.of(turned), 3, is("axis", 0), is("num_outputs", 3));
        String query = squeeze(parts.get(0), 0);
        String key = graph.node("Transpose", squeeze(parts.get(1), 0), are("perm", 0, 1, 3, 2));
        String value = squeeze(parts.get(2), 0);
        String last = graph.node(
                "Slice", List.of(graph.node("Shape", query), graph.wholes(-1), graph.wholes(Long.MAX_VALUE)));
        String extent = graph.node("Cast", last, is("to", TensorProto.DataType.FLOAT_VALUE));
        String scale = graph.node(
                "Div", List.of(graph.constant(HostArray.floats(new long[] {1}, 1)), graph.node("Sqrt", extent)));
        String root = graph.node("Sqrt", scale);
        String scores = graph.node(
                "MatMul", List.of(graph.node("Mul", List.of(query, root)), graph.node("Mul", List.of(key, root))));
        return context(scores, value, mask, name, width);
    }

    private String heads(String x, long heads, long size, long... order) {
        return graph.node("Transpose", view(x, extent(x, 0), extent(x, 1), heads, size), are("perm", order));
    }

    private String context(String scores, String value, String mask, String name, long width) {
        String masked = mask.isEmpty() ? scores : graph.node("Add", List.of(scores, mask));
        String weights = graph.node("Softmax", masked, is("axis", graph.opset() < 13 ? 3 : -1));
        String mixed = graph.node("Transpose", graph.node("MatMul", List.of(weights, value)), are("perm", 0, 2, 1, 3));
        return linear(view(mixed, extent(mixed, 0), extent(mixed, 1), width), name + ".output", width, width);
    }

    String convolution(String x, String name, long[] weight, long stride, long pad, long groups) {
        String kernel = graph.weight(
                name + ".weight", 0, Math.sqrt(3.0 / (double) (weight[1] * weight[2] * weight[3])), weight);
        return graph.node(
                "Conv",
                List.of(x, kernel, graph.weight(name + ".bias", 0, 0.1, weight[0])),
                are("dilations", 1, 1),
                is("group", groups),
                are("kernel_shape", weight[2], weight[3]),
                are("pads", pad, pad, pad, pad),
                are("strides", stride, stride));
    }

    /** In inference mode, with running statistics. */
    String batchNorm(String x, String name, long channels) {
        List<String> inputs = List.of(
                x,
                graph.weight(name + ".weight", 1, 0.2, channels),
                graph.weight(name + ".bias", 0, 0.2, channels),
                graph.weight(name + ".running_mean", 0, 0.2, channels),
                graph.weight(name + ".running_var", 1, 0.2, channels));
        return graph.opset() < 14
                ? graph.node("BatchNormalization", inputs, real("epsilon", EPSILON), real("momentum", 0.9))
                : graph.node(
                        "BatchNormalization",
                        inputs,
                        real("epsilon", EPSILON),
                        real("momentum", 0.9),
                        is("training_mode", 0));
    }
}
