package dev.millrace.trainer.policy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.GraphValue;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TokenBatch;
import java.util.Random;

/**
 * A small encoder of two layers under {@code /encoder/layer.N}, with word embeddings below and a batch normalisation above,
 * named as exporters name things. Weights are seeded random numbers.
 */
public final class TinyNetwork {
    public static final int WORDS = 50;
    public static final int DIMENSION = 16;
    private static final int OPSET = 17;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
    private final Random random = new Random(7);

    private TinyNetwork() {}

    /** The model as a file holds it. */
    public static ModelProto model() {
        TinyNetwork network = new TinyNetwork();
        network.input("input_ids").input("attention_mask");
        network.weight("embeddings.word_embeddings.weight", 1, 0, WORDS, DIMENSION);
        network.node("Gather", "/embeddings/word_embeddings/Gather", "embeddings.word_embeddings.weight", "input_ids");
        String hidden = "/embeddings/word_embeddings/Gather";
        for (int layer = 0; layer < 2; layer++) {
            String path = "/encoder/layer." + layer;
            network.weight("onnx::MatMul_" + layer, 0.3, 0, DIMENSION, DIMENSION);
            network.weight("encoder.layer." + layer + ".dense.bias", 0.1, 0, DIMENSION);
            network.node("MatMul", path + "/dense/MatMul", hidden, "onnx::MatMul_" + layer);
            network.node("Add", path + "/dense/Add", path + "/dense/MatMul", "encoder.layer." + layer + ".dense.bias");
            network.node("Tanh", path + "/Tanh", path + "/dense/Add");
            hidden = path + "/Tanh";
        }
        network.weight("norm.weight", 0.1, 1, DIMENSION)
                .weight("norm.bias", 0.1, 0, DIMENSION)
                .weight("norm.running_mean", 0.1, 0, DIMENSION)
                .weight("norm.running_var", 0, 0.7, DIMENSION);
        network.transpose("/norm/channels", hidden);
        network.node(
                "BatchNormalization",
                "/norm/BatchNormalization",
                "/norm/channels",
                "norm.weight",
                "norm.bias",
                "norm.running_mean",
                "norm.running_var");
        network.transpose("last_hidden_state", "/norm/BatchNormalization");
        network.graph.addOutput(GraphValue.floats("last_hidden_state", "batch", "seq", DIMENSION));
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(network.graph)
                .build();
    }

    /** The model with mean pooling, without head. */
    public static EncoderGraph pooled() {
        try {
            return EncoderGraph.parse(model().toByteArray(), "tiny").withPooling(Pooling.MEAN);
        } catch (RefusedModelException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Rows of random words, the first one of full length, the others shorter; words repeat. */
    public static TokenBatch tokens(int rows, int columns, long seed) {
        Random random = new Random(seed);
        long[] ids = new long[rows * columns];
        long[] mask = new long[ids.length];
        for (int row = 0; row < rows; row++) {
            int length = row == 0 ? columns : 1 + random.nextInt(columns);
            for (int i = 0; i < length; i++) {
                ids[row * columns + i] = random.nextInt(WORDS);
                mask[row * columns + i] = 1;
            }
        }
        return new TokenBatch(rows, columns, ids, mask, new long[ids.length]);
    }

    private TinyNetwork input(String name) {
        graph.addInput(GraphValue.of(name, TensorProto.DataType.INT64_VALUE, "batch", "seq"));
        return this;
    }

    private TinyNetwork weight(String name, double spread, double centre, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        long size = 1;
        for (long extent : shape) {
            tensor.addDims(extent);
            size *= extent;
        }
        for (long i = 0; i < size; i++) {
            tensor.addFloatData((float) (centre + spread * random.nextGaussian()));
        }
        graph.addInitializer(tensor);
        return this;
    }

    private void node(String operator, String name, String... inputs) {
        graph.addNode(node(operator, name).addAllInput(java.util.List.of(inputs)));
    }

    private static NodeProto.Builder node(String operator, String name) {
        return NodeProto.newBuilder().setName(name).setOpType(operator).addOutput(name);
    }

    private void transpose(String name, String input) {
        graph.addNode(node("Transpose", name)
                .addInput(input)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addInts(0)
                        .addInts(2)
                        .addInts(1)));
    }
}
