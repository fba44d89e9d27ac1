package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Model files that must be refused, and what the refusal says. */
class HostileModelTest {
    static Stream<Arguments> models() {
        return Stream.of(operators(), weights(), operatorSets(), names(), inputsAndOutputs(), files())
                .flatMap(Function.identity());
    }

    private static Stream<Arguments> operators() {
        return Stream.of(
                changed(
                        "operator of another domain",
                        node("/a/Attention", "Attention", "com.microsoft"),
                        "node /a/Attention (com.microsoft.Attention)"),
                changed(
                        "quantised operator",
                        node("/q/MatMulInteger", "MatMulInteger", ""),
                        "node /q/MatMulInteger (MatMulInteger): quantised"),
                changed("loop", node("/l/Loop", "Loop", ""), "node /l/Loop (Loop): control flow"),
                changed("node without a name", node("", "If", ""), "node making made (If): control flow"),
                changed(
                        "graph in an attribute",
                        model -> graph(model)
                                .getNodeBuilder(0)
                                .addAttribute(AttributeProto.newBuilder()
                                        .setName("body")
                                        .setG(GraphProto.newBuilder())),
                        "node /words/Gather (Gather): holds a graph of its own"),
                changed(
                        "local function",
                        model -> model.addFunctions(FunctionProto.newBuilder().setName("f")),
                        "1 local functions"),
                changed(
                        "training graph",
                        model -> model.addTrainingInfo(TrainingInfoProto.newBuilder()),
                        "a training graph of its own"),
                changed(
                        "half precision constant",
                        HostileModelTest::halfConstant,
                        "node /c/Constant (Constant): element type FLOAT16"));
    }

    private static Stream<Arguments> weights() {
        return Stream.of(
                changed(
                        "half precision weight",
                        model -> weight(model).setDataType(TensorProto.DataType.FLOAT16_VALUE),
                        "weight words: element type FLOAT16"),
                changed(
                        "bfloat16 weight",
                        model -> weight(model).setDataType(TensorProto.DataType.BFLOAT16_VALUE),
                        "weight words: element type BFLOAT16"),
                changed(
                        "unknown element type",
                        model -> weight(model).setDataType(77),
                        "weight words: unknown element type 77"),
                changed(
                        "weights in another file",
                        model -> weight(model)
                                .clearFloatData()
                                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                                .addExternalData(StringStringEntryProto.newBuilder()
                                        .setKey("location")
                                        .setValue("../../etc/passwd")),
                        "weight words: its values lie in another file"),
                changed(
                        "weight cut short",
                        model -> weight(model).clearFloatData().setRawData(ByteString.copyFrom(new byte[10])),
                        "weight words: holds"),
                changed("other list", model -> weight(model).clearFloatData().addInt64Data(1), "words: holds 0 values"),
                changed("huge", model -> weight(model).setDims(0, Long.MAX_VALUE), "weight words: holds 64 values"),
                changed(
                        "negative shape",
                        model -> weight(model).setDims(0, -16).setDims(1, -4),
                        "weight words: holds 64 values"),
                changed(
                        "sparse weight",
                        model -> graph(model).addSparseInitializer(SparseTensorProto.newBuilder()),
                        "1 sparse weights"));
    }

    private static Stream<Arguments> operatorSets() {
        return Stream.of(
                changed(
                        "no operator set",
                        ModelProto.Builder::clearOpsetImport,
                        "names no version of ONNX's operator set"),
                changed(
                        "only another operator set",
                        model -> model.clearOpsetImport()
                                .addOpsetImport(OperatorSetIdProto.newBuilder()
                                        .setDomain("com.example")
                                        .setVersion(13)),
                        "names no version of ONNX's operator set"),
                changed(
                        "old operator set",
                        model -> model.getOpsetImportBuilder(0).setVersion(9),
                        "operator set 9 is not supported; allowed are 11 to 21"),
                changed(
                        "new operator set",
                        model -> model.getOpsetImportBuilder(0).setVersion(22),
                        "operator set 22 is not supported; allowed are 11 to 21"),
                changed(
                        "two operator sets",
                        model -> model.addOpsetImport(OperatorSetIdProto.newBuilder()
                                .setDomain("ai.onnx")
                                .setVersion(14)),
                        "names several versions of ONNX's operator set, [13, 14]"));
    }

    private static Stream<Arguments> names() {
        return Stream.of(
                changed(
                        "weight twice",
                        model -> graph(model).addInitializer(graph(model).getInitializer(0)),
                        "weight words: there are two of that name"),
                changed(
                        "input twice",
                        model -> graph(model).addInput(graph(model).getInput(0)),
                        "input input_ids: there are two of that name"),
                changed(
                        "value twice",
                        model -> graph(model).getNodeBuilder(1).addOutput("words"),
                        "node /words/Add (Add): makes words, which is there already"),
                changed(
                        "cycle",
                        model -> graph(model).getNodeBuilder(0).setInput(0, "last_hidden_state"),
                        "node /words/Gather (Gather): reads last_hidden_state, which nothing before it makes"),
                changed(
                        "missing node",
                        model -> graph(model).removeNode(0),
                        "reads looked_up, which nothing before it makes"),
                changed(
                        "output of nothing",
                        model -> graph(model).removeNode(1),
                        "output last_hidden_state: nothing makes it"));
    }

    private static Stream<Arguments> inputsAndOutputs() {
        return Stream.of(
                changed("no token ids", model -> graph(model).removeInput(0), "no input input_ids"),
                changed("no mask", model -> graph(model).removeInput(1), "no input attention_mask"),
                changed(
                        "images instead of text",
                        model -> graph(model).setInput(0, GraphValue.of("pixel_values", 1, "batch", 3, 224, 224)),
                        "input pixel_values is unknown"),
                changed(
                        "fixed length",
                        model -> graph(model).setInput(0, GraphValue.of("input_ids", 7, 1, 128)),
                        "input input_ids must be int64 [batch, sequence] with both lengths open, is INT64[1, 128]"),
                changed(
                        "32-bit ids",
                        model -> graph(model).setInput(0, GraphValue.of("input_ids", 6, "b", "s")),
                        "is INT32[b, s]"),
                changed(
                        "no token vectors",
                        model -> graph(model).setOutput(0, GraphValue.of("last_hidden_state", 1, "b", 4)),
                        "needs one float output"),
                changed(
                        "double vectors",
                        model -> graph(model).setOutput(0, GraphValue.of("last_hidden_state", 11, "b", "s", 4)),
                        "DOUBLE[b, s, 4]"),
                changed(
                        "open dimension",
                        model -> graph(model).setOutput(0, GraphValue.of("last_hidden_state", 1, "b", "s", "d")),
                        "its last dimension"),
                changed(
                        "two candidates",
                        model -> graph(model)
                                .clearOutput()
                                .addOutput(GraphValue.of("looked_up", 1, "b", "s", 4))
                                .addOutput(GraphValue.of("bias", 1, "b", "s", 4)),
                        "needs one float output"));
    }

    private static Stream<Arguments> files() {
        return Stream.of(
                changed("empty graph", model -> graph(model).clearNode(), "no ONNX graph with nodes in it"),
                changed("no graph", ModelProto.Builder::clearGraph, "no ONNX graph with nodes in it"),
                Arguments.of("no bytes", new byte[0], "no ONNX graph"),
                Arguments.of("text", "<html>404 not found</html>".getBytes(StandardCharsets.UTF_8), "no ONNX"),
                Arguments.of("zip", new byte[] {'P', 'K', 3, 4, 20, 0, 0, 0, 8, 0}, "no ONNX"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void isRefused(String kind, byte[] model, String problem) {
        RefusedModelException refused = catchThrowableOfType(
                RefusedModelException.class,
                () -> EncoderGraph.parse(model, kind).withPooling(Pooling.MEAN));

        assertThat(refused).hasMessageContaining(kind).hasMessageContaining(problem);
    }

    @Test
    void everyCutOfAFileIsRefusedOrReadsTheSame() throws Exception {
        byte[] whole = TinyEncoder.model(13).build().toByteArray();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);

            RefusedModelException refused = catchThrowableOfType(
                    RefusedModelException.class,
                    () -> EncoderGraph.parse(cut, "cut").withPooling(Pooling.MEAN));

            assertThat(refused)
                    .as("cut after %d of %d bytes", length, whole.length)
                    .isNotNull();
        }
    }

    @Test
    void namesEveryOffendingNode() {
        ModelProto.Builder model = TinyEncoder.model(13);
        for (int i = 0; i < 40; i++) {
            node("/layer." + i + "/Attention", "Attention", "com.microsoft").accept(model);
        }

        RefusedModelException refused = catchThrowableOfType(
                RefusedModelException.class,
                () -> EncoderGraph.parse(model.build().toByteArray(), "fused"));

        assertThat(refused.problems()).hasSize(40).allMatch(problem -> problem.contains("Attention"));
    }

    @Test
    void aSkeletonMayHoldNoFloatWeights() throws Exception {
        EncoderGraph graph = TinyEncoder.graph(13).withPooling(Pooling.MEAN);
        byte[] whole = graph.withWeights(java.util.Map.of());

        RefusedModelException refused =
                catchThrowableOfType(RefusedModelException.class, () -> EncoderGraph.parseSkeleton(whole, "whole"));

        assertThat(refused.problems()).hasSize(2).allMatch(problem -> problem.contains("skeleton"));
    }

    private static Arguments changed(String kind, Consumer<ModelProto.Builder> change, String problem) {
        ModelProto.Builder model = TinyEncoder.model(13);
        change.accept(model);
        return Arguments.of(kind, model.build().toByteArray(), problem);
    }

    private static GraphProto.Builder graph(ModelProto.Builder model) {
        return model.getGraphBuilder();
    }

    private static TensorProto.Builder weight(ModelProto.Builder model) {
        return graph(model).getInitializerBuilder(0);
    }

    private static Consumer<ModelProto.Builder> node(String name, String operator, String domain) {
        return model -> graph(model)
                .addNode(NodeProto.newBuilder()
                        .setName(name)
                        .setOpType(operator)
                        .setDomain(domain)
                        .addAllInput(List.of("last_hidden_state"))
                        .addOutput("made" + name));
    }

    private static void halfConstant(ModelProto.Builder model) {
        TensorProto half = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.FLOAT16_VALUE)
                .build();
        graph(model)
                .addNode(NodeProto.newBuilder()
                        .setName("/c/Constant")
                        .setOpType("Constant")
                        .addOutput("half")
                        .addAttribute(
                                AttributeProto.newBuilder().setName("value").setT(half)));
    }
}
