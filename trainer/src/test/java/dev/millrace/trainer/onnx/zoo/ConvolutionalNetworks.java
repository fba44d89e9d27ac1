package dev.millrace.trainer.onnx.zoo;

import static dev.millrace.trainer.onnx.zoo.ExportedGraph.are;
import static dev.millrace.trainer.onnx.zoo.ExportedGraph.is;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.List;

/** ResNet and ConvNeXt: images [batch, 3, 32, 32], one vector an image. */
final class ConvolutionalNetworks {
    private ConvolutionalNetworks() {}

    /** ResNet with basic blocks and batch normalisation in inference mode, kept as nodes of its own. */
    static ModelProto resNet(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String x = graph.input("input", DataType.FLOAT32, 0, 3, 32, 32);
        graph.at("/conv1");
        x = layers.convolution(x, "conv1", new long[] {8, 3, 7, 7}, 2, 3, 1);
        x = graph.at("/relu").node("Relu", layers.batchNorm(x, "bn1", 8));
        x = graph.at("/maxpool")
                .node(
                        "MaxPool",
                        x,
                        is("ceil_mode", 0),
                        are("dilations", 1, 1),
                        are("kernel_shape", 3, 3),
                        are("pads", 1, 1, 1, 1),
                        are("strides", 2, 2));
        x = residual(graph, layers, x, 1, 8, 8);
        x = residual(graph, layers, x, 2, 8, 16);
        x = graph.at("/avgpool").node("GlobalAveragePool", x);
        x = graph.at("").node("Flatten", x, is("axis", 1));
        graph.at("/fc");
        graph.named(layers.gemm(x, "fc", 16, 12), "embedding", 0, 12);
        return graph.build();
    }

    private static String residual(ExportedGraph graph, Layers layers, String input, int number, long in, long out) {
        String module = "/layer" + number + "/layer" + number + ".0";
        String name = "layer" + number + ".0";
        long stride = out / in;
        graph.at(module + "/conv1");
        String x = layers.convolution(input, name + ".conv1", new long[] {out, in, 3, 3}, stride, 1, 1);
        x = graph.node("Relu", layers.batchNorm(x, name + ".bn1", out));
        graph.at(module + "/conv2");
        x = layers.convolution(x, name + ".conv2", new long[] {out, out, 3, 3}, 1, 1, 1);
        x = layers.batchNorm(x, name + ".bn2", out);
        String shortcut = input;
        if (stride > 1) {
            graph.at(module + "/downsample");
            shortcut = layers.convolution(input, name + ".downsample", new long[] {out, in, 1, 1}, stride, 0, 1);
            shortcut = layers.batchNorm(shortcut, name + ".downsample.bn", out);
        }
        return graph.at(module).node("Relu", graph.node("Add", List.of(x, shortcut)));
    }

    /** ConvNeXt: depthwise convolutions, layer normalisation with the channels last, layer scale. */
    static ModelProto convNext(int opset, long seed) {
        ExportedGraph graph = new ExportedGraph(opset, seed);
        Layers layers = new Layers(graph);
        String x = graph.input("input", DataType.FLOAT32, 0, 3, 32, 32);
        graph.at("/stem");
        x = channelNorm(
                graph, layers, layers.convolution(x, "stem.0", new long[] {12, 3, 4, 4}, 4, 0, 1), "stem.1", 12);
        x = block(graph, layers, x, "stages.0", 12);
        graph.at("/stages.1/downsample");
        x = channelNorm(graph, layers, x, "stages.1.downsample.0", 12);
        x = layers.convolution(x, "stages.1.downsample.1", new long[] {24, 12, 2, 2}, 2, 0, 1);
        x = block(graph, layers, x, "stages.1", 24);
        graph.at("/head");
        x = layers.layerNorm(layers.mean(x, false, -2, -1), "head.norm", 24);
        graph.named(layers.gemm(x, "head.fc", 24, 12), "embedding", 0, 12);
        return graph.build();
    }

    private static String channelNorm(ExportedGraph graph, Layers layers, String x, String name, long width) {
        String last = graph.node("Transpose", x, are("perm", 0, 2, 3, 1));
        return graph.node("Transpose", layers.layerNorm(last, name, width), are("perm", 0, 3, 1, 2));
    }

    private static String block(ExportedGraph graph, Layers layers, String input, String stage, long width) {
        String name = stage + ".blocks.0";
        graph.at("/" + stage + "/blocks.0");
        String x = layers.convolution(input, name + ".conv_dw", new long[] {width, 1, 7, 7}, 1, 3, width);
        x = layers.layerNorm(graph.node("Transpose", x, are("perm", 0, 2, 3, 1)), name + ".norm", width);
        x = layers.gelu(layers.linear(x, name + ".fc1", width, 2 * width));
        x = layers.linear(x, name + ".fc2", 2 * width, width);
        x = graph.node("Mul", List.of(graph.weight(name + ".gamma", 0.5, 0.3, width), x));
        return graph.node("Add", List.of(graph.node("Transpose", x, are("perm", 0, 3, 1, 2)), input));
    }
}
