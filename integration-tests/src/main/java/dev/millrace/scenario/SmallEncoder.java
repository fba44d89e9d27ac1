package dev.millrace.scenario;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.millrace.inference.encoder.GraphValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * A transformer encoder of BERT's form with seeded random weights, of the size of the published BERT-tiny: 2 layers, 2
 * heads, width 128; without position embeddings. It goes with MiniLM's tokenizer. Starts fast and trains in milliseconds,
 * and is as real an ONNX file as a large one. Used once per file.
 */
public final class SmallEncoder {
    private static final int OPERATOR_SET = 17;
    private static final int IR_VERSION = 8;
    private static final int VOCABULARY = 30_522;
    private static final int WIDTH = 128;
    private static final int INNER_WIDTH = 4 * WIDTH;
    private static final int HEADS = 2;
    private static final int LAYERS = 2;
    private static final float MASKED = -10_000;

    private final Random random;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("small-encoder");

    private SmallEncoder(long seed) {
        this.random = new Random(seed);
    }

    /** Writes the file; the same seed gives the same bytes. */
    public static void write(Path file, long seed) throws IOException {
        Files.write(file, new SmallEncoder(seed).model().toByteArray());
    }

    private ModelProto model() {
        graph.addInput(GraphValue.of("input_ids", TensorProto.DataType.INT64_VALUE, "batch", "sequence"));
        graph.addInput(GraphValue.of("attention_mask", TensorProto.DataType.INT64_VALUE, "batch", "sequence"));
        constants();
        weight("embeddings.word_embeddings.weight", VOCABULARY, WIDTH);
        String hidden = normalised(
                "/embeddings",
                node("Gather", "/embeddings/word_embeddings", "embeddings.word_embeddings.weight", "input_ids"));
        String mask = mask();
        for (int layer = 0; layer < LAYERS; layer++) {
            String path = "/encoder/layer." + layer;
            hidden = normalised(
                    path + "/attention/output",
                    node("Add", path + "/attention/output", hidden, attention(path + "/attention", hidden, mask)));
            hidden = normalised(path + "/output", node("Add", path + "/output", hidden, feedForward(path, hidden)));
        }
        graph.addNode(NodeProto.newBuilder()
                .setName("/output/Identity")
                .setOpType("Identity")
                .addInput(hidden)
                .addOutput("last_hidden_state"));
        graph.addOutput(
                GraphValue.of("last_hidden_state", TensorProto.DataType.FLOAT_VALUE, "batch", "sequence", WIDTH));
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("millrace-scenario")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATOR_SET))
                .setGraph(graph)
                .build();
    }

    private void constants() {
        longs("mask_axes", 1, 2);
        longs("split_heads", 0, 0, HEADS, WIDTH / HEADS);
        longs("join_heads", 0, 0, WIDTH);
        number("one", 1);
        number("half", 0.5f);
        number("masked", MASKED);
        number("root_of_two", (float) Math.sqrt(2));
        number("score_scale", (float) (1 / Math.sqrt((double) WIDTH / HEADS)));
    }

    /** 0 where there is a token and a large negative number where there is padding, [batch, 1, 1, sequence]. */
    private String mask() {
        String mask = node("Cast", "/mask", "attention_mask");
        last().addAttribute(AttributeProto.newBuilder()
                .setName("to")
                .setType(AttributeProto.AttributeType.INT)
                .setI(TensorProto.DataType.FLOAT_VALUE));
        String spread = node("Unsqueeze", "/mask", mask, "mask_axes");
        return node("Mul", "/mask", node("Sub", "/mask", "one", spread), "masked");
    }

    private String attention(String path, String hidden, String mask) {
        String query = transposed(heads(path + "/query", hidden), path + "/query", 0, 2, 1, 3);
        String key = transposed(heads(path + "/key", hidden), path + "/key", 0, 2, 3, 1);
        String values = transposed(heads(path + "/value", hidden), path + "/value", 0, 2, 1, 3);
        String scores = node("Mul", path + "/scores", node("MatMul", path + "/scores", query, key), "score_scale");
        String weights = node("Softmax", path, node("Add", path + "/scores", scores, mask));
        last().addAttribute(AttributeProto.newBuilder()
                .setName("axis")
                .setType(AttributeProto.AttributeType.INT)
                .setI(-1));
        String mixed = transposed(node("MatMul", path + "/mixed", weights, values), path + "/mixed", 0, 2, 1, 3);
        return linear(path + "/dense", node("Reshape", path + "/mixed", mixed, "join_heads"), WIDTH, WIDTH);
    }

    private String heads(String path, String hidden) {
        return node("Reshape", path, linear(path, hidden, WIDTH, WIDTH), "split_heads");
    }

    private String feedForward(String path, String hidden) {
        String inner = linear(path + "/intermediate", hidden, WIDTH, INNER_WIDTH);
        String error = node("Erf", path + "/gelu", node("Div", path + "/gelu", inner, "root_of_two"));
        String gate = node("Add", path + "/gelu", error, "one");
        String activated = node("Mul", path + "/gelu/gated", node("Mul", path + "/gelu", inner, gate), "half");
        return linear(path + "/dense", activated, INNER_WIDTH, WIDTH);
    }

    private String linear(String path, String input, int from, int to) {
        String name = path.substring(1).replace('/', '.');
        weight(name + ".weight", from, to);
        weight(name + ".bias", to);
        return node("Add", path, node("MatMul", path, input, name + ".weight"), name + ".bias");
    }

    private String normalised(String path, String input) {
        String name = path.substring(1).replace('/', '.') + ".LayerNorm";
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        floats(name + ".weight", ones, WIDTH);
        floats(name + ".bias", new float[WIDTH], WIDTH);
        return node("LayerNormalization", path, input, name + ".weight", name + ".bias");
    }

    private String transposed(String input, String path, long... order) {
        String output = node("Transpose", path, input);
        AttributeProto.Builder permutation =
                AttributeProto.newBuilder().setName("perm").setType(AttributeProto.AttributeType.INTS);
        Arrays.stream(order).forEach(permutation::addInts);
        last().addAttribute(permutation);
        return output;
    }

    /** Adds a node named {@code path/operator} and returns the name of its output. */
    private String node(String operator, String path, String... inputs) {
        String name = path + "/" + operator;
        String output = name + "_output";
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(Arrays.asList(inputs))
                .addOutput(output));
        return output;
    }

    private NodeProto.Builder last() {
        return graph.getNodeBuilder(graph.getNodeCount() - 1);
    }

    /** Normally distributed, standard deviation 1 / sqrt(first dimension). */
    private void weight(String name, int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        double deviation = shape.length == 1 ? 0 : 1 / Math.sqrt(Math.min(shape[0], INNER_WIDTH));
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        floats(name, values, shape);
    }

    private void number(String name, float value) {
        floats(name, new float[] {value});
    }

    private void floats(String name, float[] values, int... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .setRawData(ByteString.copyFrom(bytes));
        Arrays.stream(shape).forEach(tensor::addDims);
        graph.addInitializer(tensor);
    }

    private void longs(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(values.length);
        Arrays.stream(values).forEach(tensor::addInt64Data);
        graph.addInitializer(tensor);
    }
}
