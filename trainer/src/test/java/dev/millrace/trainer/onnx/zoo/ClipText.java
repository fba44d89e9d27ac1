package dev.millrace.trainer.onnx.zoo;

import static dev.millrace.trainer.onnx.zoo.ExportedGraph.is;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** CLIP's text tower: a causal mask, QuickGELU, and the vector of the token with the largest id, projected to length 1. */
final class ClipText {
    static final int VOCABULARY = 50;
    static final int LONGEST = 12;

    private static final int WIDTH = Layers.TRANSFORMER_WIDTH;
    private static final int HEADS = 4;

    private ClipText() {}

    static ModelProto model(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String ids = graph.input("input_ids", DataType.INT64, 0, 0);
        String shown = graph.input("attention_mask", DataType.INT64, 0, 0);
        graph.at("/text_model/embeddings");
        String length = layers.extent(ids, 1);
        String words = graph.node(
                "Gather", List.of(graph.weight("text_model.token_embedding.weight", 0, 1, VOCABULARY, WIDTH), ids));
        String places = graph.stored(
                "text_model.position_ids",
                HostArray.longs(
                        new long[] {1, LONGEST}, LongStream.range(0, LONGEST).toArray()));
        String used =
                graph.node("Slice", List.of(places, graph.wholes(0), layers.unsqueeze(length, 0), graph.wholes(1)));
        String positions = graph.node(
                "Gather", List.of(graph.weight("text_model.position_embedding.weight", 0, 0.3, LONGEST, WIDTH), used));
        String x = graph.node("Add", List.of(words, positions));
        String causal = opset < 14 ? storedMask(graph, layers, length) : madeMask(graph, layers, length);
        String mask = withPadding(graph, layers, causal, shown);
        for (int i = 0; i < 2; i++) {
            x = block(graph, layers, x, "text_model", i, mask);
        }
        x = layers.layerNorm(x, graph, "/text_model/final_layer_norm", "text_model.final_layer_norm");
        graph.named(x, "last_hidden_state", 0, 0, WIDTH);
        String pooled = lastToken(graph, layers, x, ids);
        graph.at("/text_projection");
        String projected = graph.node("MatMul", List.of(pooled, graph.matrix(WIDTH, WIDTH / 2)));
        graph.named(layers.normalised(projected), "text_embeds", 0, WIDTH / 2);
        return graph.build();
    }

    /** One residual block of CLIP; older exports compute attention step by step, newer ones from packed matrices. */
    static String block(ExportedGraph graph, Layers layers, String input, String model, int number, String mask) {
        String module = "/" + model + "/encoder/layers." + number;
        String name = model + ".encoder.layers." + number;
        String normal = layers.layerNorm(input, graph, module + "/layer_norm1", name + ".layer_norm1");
        graph.at(module + "/self_attn");
        String mixed = graph.opset() < 14
                ? layers.attention(normal, name + ".self_attn", WIDTH, HEADS, mask)
                : layers.packedAttention(normal, name + ".self_attn", WIDTH, HEADS, mask);
        String x = graph.at(module).node("Add", List.of(input, mixed));
        normal = layers.layerNorm(x, graph, module + "/layer_norm2", name + ".layer_norm2");
        graph.at(module + "/mlp");
        String wide = layers.quickGelu(layers.linear(normal, name + ".fc1", WIDTH, 2 * WIDTH));
        String narrow = layers.linear(wide, name + ".fc2", 2 * WIDTH, WIDTH);
        return graph.at(module).node("Add", List.of(x, narrow));
    }

    /** The lowest number is added where there is padding. */
    private static String withPadding(ExportedGraph graph, Layers layers, String causal, String shown) {
        graph.at("/text_model");
        String spread = layers.unsqueeze(layers.unsqueeze(shown, 1), 2);
        String ones = graph.node("Cast", spread, is("to", TensorProto.DataType.FLOAT_VALUE));
        String hidden = graph.node("Sub", List.of(graph.number(1), ones));
        return graph.node("Add", List.of(causal, graph.node("Mul", List.of(hidden, graph.number(-3.4028e38)))));
    }

    /** A triangle of the longest length, cut to what is there. */
    private static String storedMask(ExportedGraph graph, Layers layers, String length) {
        double[] values = new double[LONGEST * LONGEST];
        Arrays.setAll(values, i -> i % LONGEST > i / LONGEST ? -3.4028e38 : 0);
        String whole = graph.constant(HostArray.floats(new long[] {1, 1, LONGEST, LONGEST}, values));
        String end = layers.unsqueeze(length, 0);
        String rows = graph.node("Slice", List.of(whole, graph.wholes(0), end, graph.wholes(2)));
        return graph.node("Slice", List.of(rows, graph.wholes(0), end, graph.wholes(3)));
    }

    /** A square of the lowest number, and what is above its diagonal. */
    private static String madeMask(ExportedGraph graph, Layers layers, String length) {
        String side = layers.unsqueeze(length, 0);
        String shape = graph.node("Concat", List.of(side, side), is("axis", 0));
        String lowest = graph.constant(HostArray.floats(new long[0], -3.4028e38));
        String square = graph.node("Expand", List.of(lowest, shape));
        String triangle = graph.node("Trilu", List.of(square, graph.whole(1)), is("upper", 1));
        return layers.unsqueeze(triangle, 0, 1);
    }

    /** {@code x[arange(batch), ids.argmax(-1)]} as indexing by two lists is exported. */
    private static String lastToken(ExportedGraph graph, Layers layers, String x, String ids) {
        graph.at("/text_model");
        String batch = layers.extent(x, 0);
        String rows = graph.node("Range", List.of(graph.whole(0), batch, graph.whole(1)));
        String narrow = graph.node("Cast", ids, is("to", TensorProto.DataType.INT32_VALUE));
        String places = graph.node("ArgMax", narrow, is("axis", -1), is("keepdims", 0));
        String pairs =
                graph.node("Concat", List.of(layers.unsqueeze(rows, -1), layers.unsqueeze(places, -1)), is("axis", -1));
        return graph.opset() < 12
                ? graph.node("GatherND", List.of(x, pairs))
                : graph.node("GatherND", List.of(x, pairs), is("batch_dims", 0));
    }
}
