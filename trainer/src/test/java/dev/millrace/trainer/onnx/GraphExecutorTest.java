package dev.millrace.trainer.onnx;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GraphExecutorTest {
    private static final HostArray ROW = floats(new long[] {1, 2}, 3, 5);

    /** An encoder of one matrix with a head of one row per class on top. */
    private static final ModelProto ENCODER_WITH_HEAD = new SmallGraph(13)
            .input("x")
            .weight("body", floats(new long[] {2, 2}, 1, 0, 0, 1))
            .weight("head", floats(new long[] {1, 2}, 1, 1))
            .node("MatMul", "embedding", "x", "body")
            .node("Transpose", "turned", "head")
            .node("MatMul", "logits", "embedding", "turned")
            .output("embedding")
            .output("logits")
            .build();

    private static NDManager newStep() {
        return Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
    }

    @Test
    void computesOnlyWhatIsAskedForAndSeesTheHeadGrowInBetween() throws Exception {
        try (ParameterStore parameters = ParameterStore.of(ENCODER_WITH_HEAD, Set.of("body", "head"), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(ENCODER_WITH_HEAD, parameters);
                NDManager step = newStep();
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            GraphRun run = executor.begin(step, Map.of("x", ROW.toArray(step)));
            NDArray embedding = run.fetch("embedding");
            assertThat(embedding.toFloatArray()).containsExactly(3, 5);

            Parameter grown =
                    parameters.replace("head", new long[] {2, 2}, FloatBuffer.wrap(new float[] {1, 1, 2, -1}), true);
            NDArray logits = run.fetch("logits");
            collector.backward(logits.sum());

            assertThat(logits.toFloatArray()).containsExactly(8, 1);
            assertThat(parameters.get("head")).isSameAs(grown);
            assertThat(parameters.all()).extracting(Parameter::name).containsExactly("body", "head");
            assertThat(gradient(grown, step)).containsExactly(3, 5, 3, 5);
            assertThat(gradient(parameters.get("body"), step)).containsExactly(9, 0, 15, 0);
        }
    }

    private static float[] gradient(Parameter parameter, NDManager step) {
        FloatBuffer buffer = requireNonNull(parameter.gradient(step));
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    @Test
    void addsGradientsUpUntilTheyAreCleared() throws Exception {
        try (ParameterStore parameters = ParameterStore.of(ENCODER_WITH_HEAD, Set.of("head"), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(ENCODER_WITH_HEAD, parameters)) {
            Parameter head = parameters.get("head");
            try (NDManager step = newStep()) {
                assertThat(head.gradient(step)).isNull();
                backward(executor, step);
                backward(executor, step);
                assertThat(gradient(head, step)).containsExactly(6, 10);
            }

            parameters.clearGradients();

            try (NDManager step = newStep()) {
                assertThat(head.gradient(step)).isNull();
                assertThat(parameters.get("body").gradient(step)).isNull();
                backward(executor, step);
                assertThat(gradient(head, step)).containsExactly(3, 5);
            }
        }
    }

    private static void backward(GraphExecutor executor, NDManager step) {
        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            collector.backward(executor.begin(step, Map.of("x", ROW.toArray(step)))
                    .fetch("logits")
                    .sum());
        }
    }

    @Test
    void computesWithTheValuesWrittenThroughTheView() throws Exception {
        try (ParameterStore parameters = ParameterStore.of(ENCODER_WITH_HEAD, Set.of("head"), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(ENCODER_WITH_HEAD, parameters);
                NDManager step = newStep()) {
            parameters.get("head").values().put(0, 10);
            parameters.clearGradients();

            NDArray logits =
                    executor.begin(step, Map.of("x", ROW.toArray(step))).fetch("logits");

            assertThat(logits.toFloatArray()).containsExactly(35);
            assertThat(parameters.get("head").array().toFloatArray()).containsExactly(10, 1);
        }
    }

    @Test
    void namesEveryNodeThatItCannotRun() {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .initializer(TensorProto.newBuilder()
                        .setName("half")
                        .setDataType(TensorProto.DataType.FLOAT16.getNumber())
                        .addDims(1)
                        .setRawData(ByteString.copyFrom(new byte[2]))
                        .build())
                .initializer(TensorProto.newBuilder()
                        .setName("cut")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(2)
                        .setRawData(ByteString.copyFrom(new byte[8]))
                        .build())
                .node("Det", "a", "x")
                .node(NodeProto.newBuilder()
                        .setName("/fused")
                        .setOpType("BiasGelu")
                        .setDomain("com.microsoft")
                        .addInput("a")
                        .addOutput("b"))
                .node("Add", "c", "b", "nowhere")
                .node("Add", "y", "c", "half")
                .node("Det", "unused", "x")
                .output("y")
                .build();
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu())) {
            UnsupportedGraphException refusal = catchThrowableOfType(
                    UnsupportedGraphException.class, () -> GraphExecutor.compile(model, parameters));

            assertThat(refusal.problems())
                    .containsExactly(
                            "initializer \"half\": element type FLOAT16 is not supported (allowed: FLOAT, DOUBLE,"
                                    + " INT64, INT32, BOOL); export the model in float32",
                            "initializer \"cut\": it declares 2 elements of type INT64 and holds 1; the file is"
                                    + " damaged or was cut short",
                            "node \"/a\" (Det): operator is not implemented",
                            "node \"/fused\" (BiasGelu): operator set \"com.microsoft\" is not part of ONNX; export"
                                    + " the model without fused operators",
                            "node \"/c\" (Add): nothing before it produces its input \"nowhere\"");
            assertThat(refusal).hasMessageContaining("5 problem(s)").hasMessageContaining("node \"/fused\"");
        }
    }

    @Test
    void saysWhyAnOperatorThatItKnowsCannotBeTrainedThrough() {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .node("DequantizeLinear", "a", "x", "x")
                .node("TopK", "b", "a", "x")
                .node("LSTM", "c", "b", "x", "x")
                .node("RandomNormalLike", "y", "c")
                .output("y")
                .build();
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu())) {
            UnsupportedGraphException refusal = catchThrowableOfType(
                    UnsupportedGraphException.class, () -> GraphExecutor.compile(model, parameters));

            assertThat(refusal.problems())
                    .containsExactly(
                            "node \"/a\" (DequantizeLinear): it computes with quantised numbers, which have no gradient;"
                                    + " export the model in float32",
                            "node \"/b\" (TopK): the shape or order of its result depends on values, so no gradient"
                                    + " goes through it",
                            "node \"/c\" (LSTM): recurrent layers are not implemented",
                            "node \"/y\" (RandomNormalLike): it is random, so two runs would differ");
        }
    }

    @Test
    void refusesOpsetItDoesNotKnow() {
        ModelProto model =
                new SmallGraph(22).input("x").node("Neg", "y", "x").output("y").build();
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu())) {
            assertThatThrownBy(() -> GraphExecutor.compile(model, parameters))
                    .isInstanceOf(UnsupportedGraphException.class)
                    .hasMessageContaining("opset 22 is not supported (allowed: 11 to 21)");
        }
    }

    @Test
    void refusesWrongInputsAndUnknownOutput() throws Exception {
        try (ParameterStore parameters = ParameterStore.of(ENCODER_WITH_HEAD, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(ENCODER_WITH_HEAD, parameters);
                NDManager step = newStep()) {
            assertThat(executor.inputs()).containsExactly("x");
            assertThat(executor.outputs()).containsExactly("embedding", "logits");
            assertThatThrownBy(() -> executor.begin(step, Map.of()))
                    .hasMessage("the graph needs the inputs [x], was given []");
            GraphRun run = executor.begin(step, Map.of("x", ROW.toArray(step)));
            assertThatThrownBy(() -> run.fetch("probabilities"))
                    .hasMessage("the graph has no output \"probabilities\", only [embedding, logits]");
        }
    }

    @Test
    void refusesTrainedNameThatIsNoWeight() {
        assertThatThrownBy(() -> ParameterStore.of(ENCODER_WITH_HEAD, Set.of("tail"), Device.cpu()))
                .hasMessage("no float initializer of the graph is named [tail]");
    }
}
