package dev.millrace.trainer.onnx.zoo;

import static dev.millrace.trainer.onnx.zoo.ExportedGraph.is;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.trainer.onnx.HostArray;
import java.util.List;
import java.util.stream.LongStream;

/** A BERT of two layers: token ids and mask [batch, seq], token vectors [batch, seq, 32]. */
final class TinyBert {
    private static final int WIDTH = Layers.TRANSFORMER_WIDTH;
    private static final int HEADS = 4;
    private static final int LONGEST = 64;

    private TinyBert() {}

    static ModelProto model(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String ids = graph.input("input_ids", DataType.INT64, 0, 0);
        String mask = graph.input("attention_mask", DataType.INT64, 0, 0);
        String x = embeddings(graph, layers, ids);
        graph.at("");
        String shown = graph.node(
                "Cast", layers.unsqueeze(layers.unsqueeze(mask, 1), 2), is("to", TensorProto.DataType.FLOAT_VALUE));
        String hidden = graph.node("Sub", List.of(graph.number(1), shown));
        String bias = graph.node("Mul", List.of(hidden, graph.number(-3.4028e38)));
        for (int i = 0; i < 2; i++) {
            String module = "/encoder/layer." + i;
            String name = "encoder.layer." + i;
            graph.at(module + "/attention");
            String mixed = layers.attention(x, name + ".attention", WIDTH, HEADS, bias);
            String sum = graph.node("Add", List.of(mixed, x));
            x = layers.layerNorm(sum, graph, module + "/attention/output/LayerNorm", name + ".attention.LayerNorm");
            graph.at(module + "/intermediate");
            String wide = layers.gelu(layers.linear(x, name + ".intermediate", WIDTH, 2 * WIDTH));
            graph.at(module + "/output");
            sum = graph.node("Add", List.of(layers.linear(wide, name + ".output", 2 * WIDTH, WIDTH), x));
            x = layers.layerNorm(sum, graph, module + "/output/LayerNorm", name + ".output.LayerNorm");
        }
        graph.named(x, "last_hidden_state", 0, 0, WIDTH);
        return graph.build();
    }

    private static String embeddings(ExportedGraph graph, Layers layers, String ids) {
        graph.at("/embeddings/word_embeddings");
        String words = graph.node(
                "Gather",
                List.of(graph.weight("embeddings.word_embeddings.weight", 0, 1, ClipText.VOCABULARY, WIDTH), ids));
        graph.at("/embeddings");
        String places = graph.stored(
                "embeddings.position_ids",
                HostArray.longs(
                        new long[] {1, LONGEST}, LongStream.range(0, LONGEST).toArray()));
        String end = layers.unsqueeze(layers.extent(ids, 1), 0);
        String used = graph.node("Slice", List.of(places, graph.wholes(0), end, graph.wholes(1), graph.wholes(1)));
        graph.at("/embeddings/position_embeddings");
        String table = graph.weight("embeddings.position_embeddings.weight", 0, 0.3, LONGEST, WIDTH);
        String positions = graph.node("Gather", List.of(table, used));
        String sum = graph.at("/embeddings").node("Add", List.of(words, positions));
        return layers.layerNorm(sum, graph, "/embeddings/LayerNorm", "embeddings.LayerNorm");
    }
}
