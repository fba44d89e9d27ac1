package dev.millrace.trainer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.contract.StartupException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainSelectorTest {
    private static final HostArray MATRIX = HostArray.floats(new long[] {1, 2}, 1, 2);
    private static final HostArray NUMBER = HostArray.floats(new long[] {}, 2);

    /** Two layers with anonymous matrices; the second one's is transposed on the way. */
    private static final ModelProto MODEL = new SmallGraph(13)
            .input("x")
            .weight("embeddings.weight", MATRIX)
            .weight("onnx::MatMul_1", MATRIX)
            .weight("onnx::MatMul_2", MATRIX)
            .weight("layer.1.bias", MATRIX)
            .weight("exponent", NUMBER)
            .weight("ids", HostArray.vector(0, 1))
            .node("Gather", "encoder/embed", "embeddings.weight", "ids")
            .node("Mul", "encoder/layer.0/dense/MatMul", "encoder/embed", "onnx::MatMul_1")
            .node("Transpose", "anonymous", "onnx::MatMul_2")
            .node("MatMul", "encoder/layer.1/dense/MatMul", "encoder/layer.0/dense/MatMul", "anonymous")
            .node("Add", "encoder/layer.1/dense/Add", "encoder/layer.1/dense/MatMul", "layer.1.bias")
            .node("Pow", "encoder/layer.1/Pow", "encoder/layer.1/dense/Add", "exponent")
            .output("encoder/layer.1/Pow")
            .build();

    @Test
    void takesTheWeightsThatTheNodesOfALayerRead() {
        assertThat(TrainSelector.select(MODEL, List.of("encoder/layer.[1-5]/**"), List.of()))
                .containsExactly("onnx::MatMul_2", "layer.1.bias");
    }

    @Test
    void doesNotMindALeadingSlash() {
        assertThat(TrainSelector.select(MODEL, List.of("/encoder/layer.0/dense/*"), List.of()))
                .containsExactly("onnx::MatMul_1");
    }

    @Test
    void takesInitializersByName() {
        assertThat(TrainSelector.select(MODEL, List.of("embeddings.*", "onnx::MatMul_{1,2}"), List.of()))
                .containsExactly("embeddings.weight", "onnx::MatMul_1", "onnx::MatMul_2");
    }

    @Test
    void takesEverythingButSingleNumbersAndWhatIsFrozen() {
        assertThat(TrainSelector.select(MODEL, List.of("**"), List.of("embeddings.weight")))
                .containsExactly("onnx::MatMul_1", "onnx::MatMul_2", "layer.1.bias");
    }

    @Test
    void takesSingleNumberByItsOwnNameOnly() {
        assertThat(TrainSelector.select(MODEL, List.of("exponent"), List.of())).containsExactly("exponent");
    }

    @Test
    void neverTakesRunningStatistics() {
        HostArray two = HostArray.floats(new long[] {2}, 1, 2);
        ModelProto model = new SmallGraph(15)
                .input("x")
                .weight("scale", two)
                .weight("shift", two)
                .weight("mean", two)
                .weight("variance", two)
                .node("BatchNormalization", "y", "x", "scale", "shift", "mean", "variance")
                .output("y")
                .build();

        assertThat(TrainSelector.select(model, List.of("**"), List.of())).containsExactly("scale", "shift");
    }

    @Test
    void takesNothingWhenNothingIsAskedFor() {
        assertThat(TrainSelector.select(MODEL, List.of(), List.of())).isEmpty();
    }

    @Test
    void refusesPatternThatStandsForNoWeight() {
        assertThatThrownBy(() -> TrainSelector.select(MODEL, List.of("**"), List.of("encoder/layer.7/**")))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("freeze: the pattern \"encoder/layer.7/**\" stands for no float weight")
                .hasMessageContaining(
                        "nearest are \"/encoder/layer.0/dense/MatMul\", \"/encoder/layer.1/dense/MatMul\"");
    }

    @Test
    void refusesMalformedPattern() {
        assertThatThrownBy(() -> TrainSelector.select(MODEL, List.of("encoder/layer.[3-"), List.of()))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("train: the pattern \"encoder/layer.[3-\" is malformed");
    }
}
