package dev.millrace.trainer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.inference.encoder.GraphValue;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Small encoders of images and of feature vectors, and preprocessing for the first. Weights are seeded random numbers. */
public final class NumberEncoders {
    public static final int FEATURES = 6;

    private NumberEncoders() {}

    /** Images of 8 x 8 pixels through a convolution of 3 x 3 to a feature map, which is no output. */
    public static ModelConfig images(Path folder) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("images")
                .addInput(GraphValue.floats("pixels", "batch", 3, 8, 8))
                .addInitializer(weight("kernel", 1, 16, 3, 3, 3))
                .addInitializer(weight("bias", 2, 16))
                .addInitializer(weight("classes", 3, 16, 2))
                .addNode(node("Conv", "convolved", "pixels", "kernel", "bias")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("pads")
                                .setType(AttributeProto.AttributeType.INTS)
                                .addAllInts(List.of(1L, 1L, 1L, 1L))))
                .addNode(node("Relu", "map", "convolved"))
                .addNode(node("GlobalAveragePool", "pooled", "map"))
                .addNode(node("Flatten", "flat", "pooled"))
                .addNode(node("MatMul", "scores", "flat", "classes"))
                .addOutput(GraphValue.floats("scores", "batch", 2));
        Path file = write(folder.resolve("images.onnx"), graph);
        Path preprocessing = Files.writeString(folder.resolve("preprocessor_config.json"), """
                {"size": {"height": 8, "width": 8}, "resample": 2, "channel_order": "BGR",
                 "image_mean": [0.5], "image_std": [0.5]}""");
        return new ModelConfig("tiny", InputKind.IMAGE, file, file, 32, "", preprocessing, Pooling.MEAN, "map");
    }

    /** Vectors of 6 numbers through a linear layer and tanh. */
    public static ModelConfig features(Path folder) throws IOException {
        return features(folder, "Tanh");
    }

    /** Vectors of 6 numbers through a linear layer and this function. */
    public static ModelConfig features(Path folder, String activation) throws IOException {
        return features(folder, linear(activation));
    }

    /** As {@link #features(Path)}, and the length of each product added, spelled out: at zero it has no slope. */
    static ModelConfig lengths(Path folder) throws IOException {
        GraphProto.Builder graph = linear("Tanh")
                .addNode(node("Mul", "squares", "product", "product"))
                .addNode(node("ReduceSum", "sums", "squares", "axes"))
                .addNode(node("Sqrt", "lengths", "sums"))
                .addNode(node("Add", "z", "y", "lengths"))
                .addInitializer(longs("axes", 1));
        graph.setOutput(0, GraphValue.floats("z", "batch", 16));
        return features(folder, graph);
    }

    private static GraphProto.Builder linear(String activation) {
        return GraphProto.newBuilder()
                .setName("features")
                .addInput(GraphValue.floats("x", "batch", FEATURES))
                .addInitializer(weight("weight", 4, FEATURES, 16))
                .addInitializer(weight("bias", 5, 16))
                .addNode(node("MatMul", "product", "x", "weight"))
                .addNode(node("Add", "sum", "product", "bias"))
                .addNode(node(activation, "y", "sum"))
                .addOutput(GraphValue.floats("y", "batch", 16));
    }

    private static ModelConfig features(Path folder, GraphProto.Builder graph) throws IOException {
        Path file = write(folder.resolve("features.onnx"), graph);
        return new ModelConfig("tiny", InputKind.FEATURES, file, file, 32, "", file, Pooling.NONE, "");
    }

    /** Appends a Reshape to a fixed shape. */
    static void reshape(GraphProto.Builder graph, String input, String output, long... shape) {
        graph.addInitializer(longs(output + ".shape", shape))
                .addNode(node("Reshape", output, input, output + ".shape"));
    }

    private static TensorProto longs(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(values.length);
        for (long each : values) {
            tensor.addInt64Data(each);
        }
        return tensor.build();
    }

    private static Path write(Path file, GraphProto.Builder graph) throws IOException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(7)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph)
                .build();
        return Files.write(file, model.toByteArray());
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName("/" + output)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private static TensorProto weight(String name, long seed, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        long count = 1;
        for (long dimension : shape) {
            tensor.addDims(dimension);
            count *= dimension;
        }
        Random random = new Random(seed);
        for (long i = 0; i < count; i++) {
            tensor.addFloatData((float) (0.3 * random.nextGaussian()));
        }
        return tensor.build();
    }
}
