package dev.millrace.trainer.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerDepthsTest {
    private static final HostArray MATRIX = HostArray.floats(new long[] {1, 2}, 1, 2);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/encoder/layer.%d/output/dense",
                "/vision_model/encoder/layers.%d/mlp/fc1",
                "/blocks/blocks.%d/attn/qkv",
                "/transformer/h.%d/mlp/c_fc",
                "/encoder/layers/%d/dense",
                "blocks.%d/dense"
            })
    void layersAreFoundInThePathsOfExporters(String path) {
        LayerDepths depths = LayerDepths.of(GraphWeights.of(model(path)));

        assertThat(depths.layers()).isEqualTo(12);
        assertThat(depths.above("embeddings")).isEqualTo(12);
        assertThat(depths.above("weight.0")).isEqualTo(11);
        assertThat(depths.above("weight.10")).isEqualTo(1);
        assertThat(depths.above("weight.11")).isZero();
        assertThat(depths.above("norm")).isZero();
    }

    @Test
    void stagesAreCountedInTheOrderTheyRun() {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .weight("first", MATRIX)
                .weight("second", MATRIX)
                .weight("third", MATRIX)
                .node("Mul", "stages.0/blocks.0/dwconv", "x", "first")
                .node("Mul", "stages.0/blocks.1/dwconv", "stages.0/blocks.0/dwconv", "second")
                .node("Mul", "stages.1/blocks.0/dwconv", "stages.0/blocks.1/dwconv", "third")
                .output("stages.1/blocks.0/dwconv")
                .build();

        LayerDepths depths = LayerDepths.of(GraphWeights.of(model));

        assertThat(depths.layers()).isEqualTo(3);
        assertThat(depths.above("first")).isEqualTo(2);
        assertThat(depths.above("third")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/layer%d/conv", "/sublayer.%d/conv", "/layer.%da/conv"})
    void otherPathsAreNoLayers(String path) {
        assertThat(LayerDepths.of(GraphWeights.of(model(path))).layers()).isZero();
    }

    private static ModelProto model(String path) {
        SmallGraph graph =
                new SmallGraph(13).input("x").weight("embeddings", MATRIX).weight("norm", MATRIX);
        graph.node("Mul", "embed", "x", "embeddings");
        String last = "embed";
        for (int layer = 0; layer < 12; layer++) {
            graph.weight("weight." + layer, MATRIX);
            String next = path.formatted(layer);
            graph.node("Mul", next, last, "weight." + layer);
            last = next;
        }
        return graph.node("Mul", "final", last, "norm").output("final").build();
    }
}
