package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Weights that stand in Constant nodes are weights like any other. */
class ConstantWeightsTest {
    /** The tiny encoder with its weights in Constant nodes; the factor 2 is a number, no weight. */
    private static ModelProto.Builder asConstants() {
        ModelProto.Builder model = TinyEncoder.model(13);
        GraphProto.Builder graph = model.getGraphBuilder();
        GraphProto.Builder moved = graph.clone().clearInitializer().clearNode();
        graph.getInitializerList().forEach(tensor -> moved.addNode(constant("", tensor.getName(), tensor)));
        moved.addNode(constant("/two/Constant", "two", Tensors.scalar(2)));
        moved.addNode(graph.getNode(0))
                .addNode(graph.getNode(1).toBuilder().setOutput(0, "sum"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Mul")
                        .addInput("sum")
                        .addInput("two")
                        .addOutput("last_hidden_state"));
        return model.setGraph(moved);
    }

    private static NodeProto constant(String name, String output, TensorProto value) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType("Constant")
                .addOutput(output)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(value))
                .build();
    }

    @Test
    void becomeInitializersUnderTheNameOfTheirValue() throws Exception {
        EncoderGraph graph = EncoderGraph.parse(asConstants().build().toByteArray(), "constants");

        assertThat(graph.floatInitializers().keySet()).containsExactly("words", "bias");
        assertThat(graph.weight("words")).isEqualTo(TinyEncoder.graph(13).weight("words"));
        assertThat(graph.proto().getGraph().getNodeList())
                .extracting(NodeProto::getOpType)
                .containsExactly("Constant", "Gather", "Add", "Mul");
    }

    @Test
    void areServedAsTheyStandInTheFile() throws Exception {
        EncoderGraph constants = EncoderGraph.parse(asConstants().build().toByteArray(), "constants")
                .withPooling(Pooling.MEAN);
        EncoderGraph initializers = TinyEncoder.graph(13).withPooling(Pooling.MEAN);

        // The factor 2 cancels in the normalisation.
        assertThat(embedding(constants)).containsExactly(embedding(initializers));
    }

    @Test
    void ofPoolingAndHeadStayConstantsWhenAnExportedFileIsReadAgain() throws Exception {
        EncoderGraph graph = TinyEncoder.graph(13).withPooling(Pooling.MEAN).withCosineHead(2, 16);

        EncoderGraph again = EncoderGraph.parse(graph.withWeights(Map.of()), "again");

        assertThat(again.floatInitializers().keySet()).containsExactly("words", "bias", EncoderGraph.HEAD_WEIGHT);
    }

    /** A graph whose Resize has its factors among the weights can be taken apart, and served. */
    @Test
    void thatDecideShapesBecomeConstants() throws Exception {
        ModelProto.Builder model = NumberEncoders.images(13, 3);
        GraphProto.Builder graph = model.getGraphBuilder();
        graph.addInitializer(TensorProto.newBuilder()
                .setName("factors")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(4)
                .addAllFloatData(List.of(1f, 1f, 2f, 2f)));
        graph.addNode(NodeProto.newBuilder()
                .setName("/Resize")
                .setOpType("Resize")
                .addInput("map")
                .addInput("")
                .addInput("factors")
                .addOutput("wide"));
        EncoderGraph pooled =
                EncoderGraph.parse(model.build().toByteArray(), "resized").withPooling(Pooling.MEAN, "wide");

        assertThat(pooled.floatInitializers().keySet()).containsExactly("kernel", "bias");
        try (Preprocessing preprocessing = NumberEncoders.preprocessing(pooled);
                OrtEncoder encoder = OrtEncoder.open(
                        pooled.skeleton(), RealEncoder.weights(pooled), pooled.floatInitializers(), preprocessing, 1)) {
            assertThat(encoder.encode(List.of(preprocessing.usualInput())).embeddings()[0])
                    .hasSize(NumberEncoders.DIMENSION);
        }
    }

    @Test
    void thatAreGraphOutputsStayConstants() throws Exception {
        ModelProto.Builder model = asConstants();
        model.getGraphBuilder().addOutput(GraphValue.of("words", TensorProto.DataType.FLOAT_VALUE, 16, 4));

        assertThat(EncoderGraph.parse(model.build().toByteArray(), "output").floatInitializers())
                .containsOnlyKeys("bias");
    }

    private static float[] embedding(EncoderGraph graph) throws Exception {
        Map<String, ByteBuffer> weights = new HashMap<>();
        graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer();
                OrtEncoder encoder =
                        OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), tokenizer, 1)) {
            return encoder.encode(EncoderInput.texts(List.of("w1 w2 w5"))).embeddings()[0];
        }
    }
}
