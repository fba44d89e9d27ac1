package dev.millrace.trainer.onnx.zoo;

import static dev.millrace.trainer.onnx.zoo.ExportedGraph.are;
import static dev.millrace.trainer.onnx.zoo.ExportedGraph.is;
import static dev.millrace.trainer.onnx.zoo.ExportedGraph.text;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.trainer.onnx.HostArray;
import java.util.List;
import java.util.stream.LongStream;

/** ViT, a network like DINOv2, and CLIP's image tower: images [batch, 3, 32, 32], 16 patches, one vector an image. */
final class VisionTransformers {
    private static final int WIDTH = Layers.TRANSFORMER_WIDTH;
    private static final int HEADS = 4;
    private static final int PATCHES = 16;

    private VisionTransformers() {}

    /** ViT: class token by Expand, learned positions, blocks that normalise first, the class token as the result. */
    static ModelProto vit(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String x = tokens(graph, layers, "vit");
        x = graph.at("/vit/embeddings")
                .node("Add", List.of(x, graph.weight("vit.position_embeddings", 0, 0.2, 1, PATCHES + 1, WIDTH)));
        for (int i = 0; i < 2; i++) {
            String module = "/vit/encoder/layer." + i;
            String name = "vit.encoder.layer." + i;
            String normal = layers.layerNorm(x, graph, module + "/layernorm_before", name + ".norm_before");
            graph.at(module + "/attention");
            x = graph.node("Add", List.of(layers.attention(normal, name + ".attention", WIDTH, HEADS, ""), x));
            normal = layers.layerNorm(x, graph, module + "/layernorm_after", name + ".norm_after");
            graph.at(module + "/intermediate");
            String wide = layers.gelu(layers.linear(normal, name + ".intermediate", WIDTH, 2 * WIDTH));
            graph.at(module + "/output");
            x = graph.node("Add", List.of(layers.linear(wide, name + ".output", 2 * WIDTH, WIDTH), x));
        }
        x = layers.layerNorm(x, graph, "/vit/layernorm", "vit.layernorm");
        graph.named(x, "last_hidden_state", 0, PATCHES + 1, WIDTH);
        graph.named(classToken(graph, x), "embedding", 0, WIDTH);
        return graph.build();
    }

    /** Like DINOv2: positions interpolated to the grid, packed attention, layer scale, SwiGLU. */
    static ModelProto dino(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String x = tokens(graph, layers, "dino");
        x = graph.at("/dino/embeddings").node("Add", List.of(x, interpolatedPositions(graph)));
        for (int i = 0; i < 2; i++) {
            String module = "/dino/blocks." + i;
            String name = "dino.blocks." + i;
            String normal = layers.layerNorm(x, graph, module + "/norm1", name + ".norm1");
            graph.at(module + "/attn");
            String mixed = layers.packedAttention(normal, name + ".attn", WIDTH, HEADS, "");
            x = graph.at(module + "/ls1").node("Add", List.of(x, scaled(graph, mixed, name + ".ls1.gamma")));
            normal = layers.layerNorm(x, graph, module + "/norm2", name + ".norm2");
            graph.at(module + "/mlp");
            String gated = swiGlu(graph, layers, normal, name + ".mlp");
            x = graph.at(module + "/ls2").node("Add", List.of(x, scaled(graph, gated, name + ".ls2.gamma")));
        }
        x = layers.layerNorm(x, graph, "/dino/norm", "dino.norm");
        graph.named(classToken(graph, x), "embedding", 0, WIDTH);
        return graph.build();
    }

    /** CLIP's image tower: norm before the blocks, QuickGELU, projection, vectors of length 1. */
    static ModelProto clip(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String x = tokens(graph, layers, "vision_model");
        String ids = graph.stored(
                "vision_model.position_ids",
                HostArray.longs(
                        new long[] {1, PATCHES + 1},
                        LongStream.rangeClosed(0, PATCHES).toArray()));
        String table = graph.weight("vision_model.position_embedding.weight", 0, 0.2, PATCHES + 1, WIDTH);
        x = graph.at("/vision_model/embeddings").node("Add", List.of(x, graph.node("Gather", List.of(table, ids))));
        x = layers.layerNorm(x, graph, "/vision_model/pre_layrnorm", "vision_model.pre_layrnorm");
        for (int i = 0; i < 2; i++) {
            x = ClipText.block(graph, layers, x, "vision_model", i, "");
        }
        String pooled = layers.layerNorm(
                classToken(graph, x), graph, "/vision_model/post_layernorm", "vision_model.post_layernorm");
        graph.at("/visual_projection");
        String projected = graph.node("MatMul", List.of(pooled, graph.matrix(WIDTH, WIDTH / 2)));
        graph.named(layers.normalised(projected), "image_embeds", 0, WIDTH / 2);
        return graph.build();
    }

    /** Patches by a convolution with its stride, flattened, and a class token before them: [batch, 17, width]. */
    private static String tokens(ExportedGraph graph, Layers layers, String model) {
        String image = graph.input("pixel_values", DataType.FLOAT32, 0, 3, 32, 32);
        graph.at("/" + model + "/embeddings/patch_embeddings");
        String patches = layers.convolution(image, model + ".patch_embeddings", new long[] {WIDTH, 3, 8, 8}, 8, 0, 1);
        String shape = graph.node(
                "Slice", List.of(graph.node("Shape", patches), graph.wholes(0), graph.wholes(2), graph.wholes(0)));
        String target = graph.node("Concat", List.of(shape, graph.wholes(-1)), is("axis", 0));
        String flat = graph.node("Reshape", List.of(patches, target));
        String rows = graph.node("Transpose", flat, are("perm", 0, 2, 1));
        graph.at("/" + model + "/embeddings");
        String token = graph.weight(model + ".cls_token", 0, 0.5, 1, 1, WIDTH);
        String repeated = layers.expanded(token, layers.extent(image, 0), 1, WIDTH);
        return graph.node("Concat", List.of(repeated, rows), is("axis", 1));
    }

    /** Positions of a grid of 3 x 3 and of the class token, the grid resized to 4 x 4. */
    private static String interpolatedPositions(ExportedGraph graph) {
        String all = graph.weight("dino.pos_embed", 0, 0.3, 1, 10, WIDTH);
        String first = graph.node("Slice", List.of(all, graph.wholes(0), graph.wholes(1), graph.wholes(1)));
        String grid = graph.node("Slice", List.of(all, graph.wholes(1), graph.wholes(10), graph.wholes(1)));
        String square = graph.node("Reshape", List.of(grid, graph.wholes(1, 3, 3, WIDTH)));
        String channels = graph.node("Transpose", square, are("perm", 0, 3, 1, 2));
        String resized = graph.node(
                "Resize",
                List.of(channels, "", "", graph.wholes(1, WIDTH, 4, 4)),
                text("mode", "cubic"),
                text("coordinate_transformation_mode", "pytorch_half_pixel"),
                ExportedGraph.real("cubic_coeff_a", -0.75));
        String back = graph.node("Transpose", resized, are("perm", 0, 2, 3, 1));
        String rows = graph.node("Reshape", List.of(back, graph.wholes(1, -1, WIDTH)));
        return graph.node("Concat", List.of(first, rows), is("axis", 1));
    }

    private static String scaled(ExportedGraph graph, String x, String gamma) {
        return graph.node("Mul", List.of(x, graph.weight(gamma, 0.5, 0.3, WIDTH)));
    }

    /** {@code W3 (silu(W1 x) * W2 x)} with W1 and W2 in one matrix. */
    private static String swiGlu(ExportedGraph graph, Layers layers, String x, String name) {
        String both = layers.linear(x, name + ".w12", WIDTH, 2 * WIDTH);
        List<String> parts = graph.opset() < 13
                ? graph.nodes("Split", List.of(both), 2, is("axis", -1), are("split", WIDTH, WIDTH))
                : graph.nodes("Split", List.of(both, graph.wholes(WIDTH, WIDTH)), 2, is("axis", -1));
        String silu = graph.node("Mul", List.of(parts.get(0), graph.node("Sigmoid", parts.get(0))));
        return layers.linear(graph.node("Mul", List.of(silu, parts.get(1))), name + ".w3", WIDTH, WIDTH);
    }

    private static String classToken(ExportedGraph graph, String x) {
        return graph.at("").node("Gather", List.of(x, graph.whole(0)), is("axis", 1));
    }
}
