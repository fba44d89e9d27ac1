package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** The smallest encoders of images and of feature vectors. Weights are seeded random numbers. */
public final class NumberEncoders {
    /** A multiple of 8, as all encoders have: ONNX Runtime adds other rows up in an order that depends on where they lie. */
    public static final int DIMENSION = 8;

    public static final int FEATURES = 6;

    private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;

    private NumberEncoders() {}

    /**
     * Images {@code pixels}: a convolution of one pixel to {@code map [batch, 8, h, w]}, which is an output and also comes
     * out as {@code tokens [batch, h * w, 8]}.
     */
    public static ModelProto.Builder images(long operatorSet, int channels) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("images")
                .addInput(GraphValue.of("pixels", FLOAT, "batch", channels, "height", "width"))
                .addInitializer(floats("kernel", 1, DIMENSION, channels, 1, 1))
                .addInitializer(floats("bias", 2, DIMENSION))
                .addInitializer(Tensors.int64s(List.of(0L, (long) DIMENSION, -1L), false).toBuilder()
                        .setName("flat"))
                .addNode(node("Conv", "map", "pixels", "kernel", "bias"))
                .addNode(node("Reshape", "flattened", "map", "flat"))
                .addNode(node("Transpose", "tokens", "flattened").addAttribute(NodeAppender.integers("perm", 0, 2, 1)))
                .addOutput(GraphValue.of("map", FLOAT, "batch", DIMENSION, "height", "width"))
                .addOutput(GraphValue.of("tokens", FLOAT, "batch", "count", DIMENSION));
        return model(operatorSet, graph);
    }

    /** Vectors {@code x} of 6 numbers: one linear layer to {@code y [batch, 8]}. */
    public static ModelProto.Builder features(long operatorSet) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("features")
                .addInput(GraphValue.of("x", FLOAT, "batch", FEATURES))
                .addInitializer(floats("weight", 3, FEATURES, DIMENSION))
                .addInitializer(floats("bias", 4, DIMENSION))
                .addNode(node("MatMul", "product", "x", "weight"))
                .addNode(node("Add", "y", "product", "bias"))
                .addOutput(GraphValue.of("y", FLOAT, "batch", DIMENSION));
        return model(operatorSet, graph);
    }

    static EncoderGraph parse(ModelProto.Builder model) throws RefusedModelException {
        return EncoderGraph.parse(model.build().toByteArray(), "numbers");
    }

    /** Writes model and preprocessing into a folder: 4 x 4 pixels, halved and moved by a quarter. */
    public static ModelConfig imagesIn(Path folder) throws Exception {
        Path file =
                Files.write(folder.resolve("images.onnx"), images(13, 3).build().toByteArray());
        Path preprocessing = Files.writeString(folder.resolve("preprocessor_config.json"), preprocessorJson());
        return new ModelConfig(
                "tiny", InputKind.IMAGE, file, preprocessing, 32, "", preprocessing, Pooling.MEAN, "map");
    }

    /** Writes a model of feature vectors into a folder. */
    public static ModelConfig featuresIn(Path folder) throws Exception {
        Path file = Files.write(
                folder.resolve("features.onnx"), features(13).build().toByteArray());
        return new ModelConfig("tiny", InputKind.FEATURES, file, file, 32, "", file, Pooling.NONE, "");
    }

    static String preprocessorJson() {
        return """
                {"do_resize": true, "size": {"height": 4, "width": 4}, "resample": 2, "rescale_factor": 0.00392156862745098,
                 "do_normalize": true, "image_mean": [0.25, 0.25, 0.25], "image_std": [2, 2, 2],
                 "image_processor_type": "ViTImageProcessor", "do_convert_rgb": null}
                """;
    }

    static ImagePreprocessing preprocessing(EncoderGraph graph) throws RefusedModelException {
        return ImagePreprocessing.parse(preprocessorJson().getBytes(StandardCharsets.UTF_8), graph, "test");
    }

    private static ModelProto.Builder model(long operatorSet, GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(7)
                .setProducerName("test")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(operatorSet))
                .setGraph(graph);
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName("/" + output)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private static TensorProto.Builder floats(String name, long seed, long... shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(FLOAT);
        Random random = new Random(seed);
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        for (long i = 0; i < Tensors.count(shape); i++) {
            tensor.addFloatData((float) random.nextGaussian());
        }
        return tensor;
    }
}
