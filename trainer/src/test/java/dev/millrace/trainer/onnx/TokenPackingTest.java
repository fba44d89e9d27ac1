package dev.millrace.trainer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What works on each token by itself runs on tokens alone, with the same results and gradients. */
class TokenPackingTest {
    private static final int WIDTH = 4;
    private static final Set<String> TRAINED = Set.of("table", "first", "bias", "second", "scale", "shift", "last");
    private static final HostArray IDS = HostArray.longs(new long[] {3, 4}, 1, 2, 3, 4, 5, 6, 0, 0, 7, 0, 0, 0);
    private static final HostArray MASK = HostArray.longs(new long[] {3, 4}, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0);

    private final Random random = new Random(4);

    /** Two layers with a mean over all tokens of a row between them, whose sum with the input is normalised. */
    private SmallGraph encoder() {
        return new SmallGraph(17)
                .input("input_ids")
                .input("attention_mask")
                .weight("table", HostArray.random(random, -1, 1, 8, WIDTH))
                .weight("first", HostArray.random(random, -1, 1, WIDTH, WIDTH))
                .weight("bias", HostArray.random(random, -1, 1, WIDTH))
                .weight("second", HostArray.random(random, -1, 1, WIDTH, WIDTH))
                .weight("scale", HostArray.random(random, 0.5, 2, WIDTH))
                .weight("shift", HostArray.random(random, -1, 1, WIDTH))
                .weight("last", HostArray.random(random, -1, 1, WIDTH, WIDTH))
                .constant("columns", HostArray.vector(2))
                .constant("rows", HostArray.vector(1))
                .node("Gather", "words", "table", "input_ids")
                .node("MatMul", "product", "words", "first")
                .node("Add", "linear", "product", "bias")
                .node("CastLike", "shown", "attention_mask", "shift")
                .node("Unsqueeze", "visible", "shown", "columns")
                .node("Mul", "masked", "linear", "visible")
                .node("ReduceSum", "sum", "masked", "rows")
                .node("Mul", "mixed", "sum", "linear")
                .node("MatMul", "projected", "mixed", "second")
                .node("Add", "residual", "words", "projected")
                .node("LayerNormalization", "norm", "residual", "scale", "shift")
                .node("MatMul", "wide", "norm", "last")
                .node("Tanh", "hidden", "wide")
                .output("hidden");
    }

    private static List<String> operators(ModelProto model) {
        GraphIndex index = new GraphIndex(model.getGraph(), Set.of());
        List<NodeProto> fused = Fusion.apply(model.getGraph(), index);
        return TokenPacking.apply(model.getGraph(), fused, index).stream()
                .filter(node -> node.getInputList().stream().anyMatch(input -> input.startsWith("millrace.tokens/"))
                        && !node.getOpType().equals("millrace.Unpack"))
                .map(NodeProto::getOpType)
                .toList();
    }

    @Test
    void runsLayersNormsActivationsAndResidualSumsOnTokens() {
        assertThat(operators(encoder().build()))
                .containsExactly(
                        "millrace.Pack",
                        "millrace.Linear",
                        "millrace.Pack",
                        "millrace.Linear",
                        "Add",
                        "LayerNormalization",
                        "millrace.Linear",
                        "Tanh");
    }

    @Test
    void leavesGraphsThatReadNoMask() {
        ModelProto model = new SmallGraph(17)
                .input("input_ids")
                .input("attention_mask")
                .weight("table", HostArray.random(random, -1, 1, 8, WIDTH))
                .weight("first", HostArray.random(random, -1, 1, WIDTH, WIDTH))
                .node("Gather", "words", "table", "input_ids")
                .node("MatMul", "hidden", "words", "first")
                .output("hidden")
                .build();

        assertThat(operators(model)).isEmpty();
    }

    @Test
    void givesTokensTheSameResultsAndWeightsTheSameGradients() throws Exception {
        Results packed = run(IDS, MASK, true);
        Results whole = run(IDS, MASK, false);

        for (int i = 0; i < packed.hidden().length; i++) {
            boolean isToken = MASK.values()[i / WIDTH] == 1;
            assertThat(packed.hidden()[i]).isCloseTo(isToken ? whole.hidden()[i] : 0, within(1e-5));
        }
        assertThat(packed.gradients()).hasSameSizeAs(TRAINED);
        for (int i = 0; i < packed.gradients().size(); i++) {
            assertThat(packed.gradients().get(i))
                    .containsExactly(whole.gradients().get(i), within(1e-4f));
        }
    }

    @Test
    void takesEveryCellForATokenWherePaddingStandsBeforeTokens() throws Exception {
        HostArray scattered = HostArray.longs(new long[] {3, 4}, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1);

        assertThat(run(IDS, scattered, true).hidden())
                .containsExactly(run(IDS, scattered, false).hidden(), within(1e-5));
    }

    /**
     * @param hidden [rows, columns, width]
     * @param gradients of the sum over all tokens of their values' squares
     */
    private record Results(double[] hidden, List<float[]> gradients) {}

    private static Results run(HostArray ids, HostArray mask, boolean fused) throws Exception {
        ModelProto model = new TokenPackingTest().encoder().build();
        try (ParameterStore parameters = ParameterStore.of(model, TRAINED, Device.cpu());
                GraphExecutor executor = fused
                        ? GraphExecutor.compile(model, parameters)
                        : GraphExecutor.compileUnfused(model, parameters);
                NDManager step = Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray hidden = executor.begin(
                            step, Map.of("input_ids", ids.toArray(step), "attention_mask", mask.toArray(step)))
                    .fetch("hidden");
            NDArray tokens =
                    HostArray.floats(new long[] {3, 4, 1}, mask.values()).toArray(step);
            collector.backward(hidden.square().mul(tokens).sum());
            List<float[]> gradients = new ArrayList<>();
            parameters
                    .trained()
                    .forEach(parameter -> gradients.add(Objects.requireNonNull(parameter.gradientArray(step))
                            .toFloatArray()));
            return new Results(HostArray.of(hidden).values(), gradients);
        }
    }
}
