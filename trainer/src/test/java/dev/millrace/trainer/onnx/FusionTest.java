package dev.millrace.trainer.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The chains that exporters write are found in each of their forms, and near misses are left alone. */
class FusionTest {
    private static final int WIDTH = 4;

    private final Random random = new Random(9);

    private static SmallGraph graph() {
        return new SmallGraph(13).input("x").output("y");
    }

    private static SmallGraph geluGraph() {
        return graph().scalar("root", Math.sqrt(2))
                .scalar("inverse", Math.sqrt(0.5))
                .scalar("one", 1)
                .scalar("half", 0.5)
                .node("Div", "scaled", "x", "root")
                .node("Mul", "multiplied", "inverse", "x")
                .node("Erf", "erf", "scaled");
    }

    static Stream<Arguments> gelus() {
        return Stream.of(
                Arguments.of(
                        "half last",
                        geluGraph()
                                .node("Add", "gate", "erf", "one")
                                .node("Mul", "product", "x", "gate")
                                .node("Mul", "y", "product", "half")),
                Arguments.of(
                        "half first",
                        geluGraph()
                                .node("Add", "gate", "one", "erf")
                                .node("Mul", "product", "half", "x")
                                .node("Mul", "y", "product", "gate")),
                Arguments.of(
                        "half on the gate, x multiplied by 1 / sqrt 2",
                        geluGraph()
                                .node("Erf", "erf2", "multiplied")
                                .node("Add", "gate", "erf2", "one")
                                .node("Mul", "product", "gate", "half")
                                .node("Mul", "y", "x", "product")));
    }

    private SmallGraph normGraph() {
        return graph().weight("scale", HostArray.random(random, 0.5, 2, WIDTH))
                .weight("shift", HostArray.random(random, -1, 1, WIDTH))
                .scalar("two", 2)
                .scalar("epsilon", 1e-3)
                .lastAxisMean("mean", "x")
                .node("Sub", "centred", "x", "mean");
    }

    private SmallGraph normTail(SmallGraph graph, String square, String divided) {
        return graph.lastAxisMean("variance", square)
                .node("Add", "guarded", "variance", "epsilon")
                .node("Sqrt", "deviation", "guarded")
                .node("Div", "standard", divided, "deviation");
    }

    static Stream<Arguments> norms() {
        FusionTest test = new FusionTest();
        return Stream.of(
                Arguments.of(
                        "power",
                        test.normTail(test.normGraph().node("Pow", "square", "centred", "two"), "square", "centred")
                                .node("Mul", "scaled", "standard", "scale")
                                .node("Add", "y", "scaled", "shift")),
                Arguments.of(
                        "product, operands exchanged",
                        test.normTail(test.normGraph().node("Mul", "square", "centred", "centred"), "square", "centred")
                                .node("Mul", "scaled", "scale", "standard")
                                .node("Add", "y", "shift", "scaled")),
                Arguments.of(
                        "difference computed twice",
                        test.normTail(
                                        test.normGraph()
                                                .node("Sub", "again", "x", "mean")
                                                .node("Pow", "square", "again", "two"),
                                        "square",
                                        "centred")
                                .node("Mul", "scaled", "standard", "scale")
                                .node("Add", "y", "scaled", "shift")));
    }

    private SmallGraph linearGraph() {
        return graph().weight("matrix", HostArray.random(random, -1, 1, WIDTH, 3))
                .weight("bias", HostArray.random(random, -1, 1, 3));
    }

    static Stream<Arguments> linears() {
        FusionTest test = new FusionTest();
        return Stream.of(
                Arguments.of(
                        "bias last",
                        test.linearGraph()
                                .node("MatMul", "product", "x", "matrix")
                                .node("Add", "y", "product", "bias")),
                Arguments.of("no bias", test.linearGraph().node("MatMul", "y", "x", "matrix")),
                Arguments.of(
                        "bias first",
                        test.linearGraph()
                                .node("MatMul", "product", "x", "matrix")
                                .node("Add", "y", "bias", "product")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("gelus")
    void findsGelu(String form, SmallGraph graph) throws Exception {
        assertFused(graph.build(), "Gelu");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("norms")
    void findsLayerNormalization(String form, SmallGraph graph) throws Exception {
        assertFused(graph.build(), "LayerNormalization");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("linears")
    void findsLinearLayer(String form, SmallGraph graph) throws Exception {
        assertFused(graph.build(), "millrace.Linear");
    }

    @Test
    void leavesChainWhoseInnerValueIsReadElsewhere() throws Exception {
        SmallGraph graph = linearGraph()
                .node("MatMul", "product", "x", "matrix")
                .node("Add", "sum", "product", "bias")
                .node("Mul", "y", "sum", "product");

        assertThat(operators(graph.build())).containsExactly("millrace.Linear", "Add", "Mul");
        assertSameAsOnnxRuntime(graph.build());
    }

    @Test
    void leavesChainWhoseInnerValueIsGraphOutput() throws Exception {
        SmallGraph graph = linearGraph()
                .node("MatMul", "product", "x", "matrix")
                .node("Add", "y", "product", "bias")
                .output("product");

        assertThat(operators(graph.build())).containsExactly("millrace.Linear", "Add");
        assertSameAsOnnxRuntime(graph.build());
    }

    @Test
    void leavesGeluWithAnotherConstant() throws Exception {
        SmallGraph graph = geluGraph()
                .scalar("third", 0.3)
                .node("Add", "gate", "erf", "one")
                .node("Mul", "product", "x", "gate")
                .node("Mul", "y", "product", "third");

        assertThat(operators(graph.build())).doesNotContain("Gelu");
        assertSameAsOnnxRuntime(graph.build());
    }

    private static List<String> operators(ModelProto model) {
        return Fusion.apply(model.getGraph(), new GraphIndex(model.getGraph(), Set.of())).stream()
                .map(NodeProto::getOpType)
                .filter(operator -> !operator.equals("Constant"))
                .toList();
    }

    private void assertFused(ModelProto model, String operator) throws Exception {
        assertThat(operators(model)).endsWith(operator).doesNotContain("MatMul", "Add", "Sqrt");
        assertSameAsOnnxRuntime(model);
    }

    private void assertSameAsOnnxRuntime(ModelProto model) throws Exception {
        HostArray x = HostArray.random(random, -3, 3, 2, 3, WIDTH);
        double[] expected;
        try (OnnxRuntimeReference reference = new OnnxRuntimeReference(model.toByteArray())) {
            expected = requireNonNull(reference.run(Map.of("x", x)).get("y")).values();
        }
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager step = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            double[] actual = HostArray.of(
                            executor.begin(step, Map.of("x", x.toArray(step))).fetch("y"))
                    .values();
            assertThat(actual).containsExactly(expected, within(2e-5));
        }
    }
}
