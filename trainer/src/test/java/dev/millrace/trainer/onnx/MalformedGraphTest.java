package dev.millrace.trainer.onnx;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a damaged or hand-made file can hold is refused by name, and what ONNX allows is not tripped over. */
class MalformedGraphTest {
    private static final HostArray ROW = floats(new long[] {1, 2}, 3, 5);

    @Test
    void namesNodesWithoutOutputs() {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .weight("w", ROW)
                .node(NodeProto.newBuilder().setName("/silent").setOpType("Constant"))
                .node(NodeProto.newBuilder()
                        .setName("/encoder/layer.0/alien")
                        .setOpType("Alien")
                        .setDomain("far.away")
                        .addInput("w"))
                .node("Add", "y", "x", "w")
                .output("y")
                .build();

        assertThat(LayerDepths.of(GraphWeights.of(model)).above("w")).isZero();
        assertThat(problems(model))
                .containsExactly(
                        "node \"/silent\" (Constant): it has no output",
                        "node \"/encoder/layer.0/alien\" (Alien): it has no output");
    }

    @Test
    void namesAProductOfOneFactor() {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .weight("w", ROW)
                .node("MatMul", "y", "w")
                .output("y")
                .build();

        assertThat(GraphWeights.of(model).matrices()).containsExactly("w");
        assertThat(problems(model)).containsExactly("node \"/y\" (MatMul): it needs 2 inputs and has [w]");
    }

    @Test
    void takesNoValuesFromTheListOfAnotherType() {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .initializer(TensorProto.newBuilder()
                        .setName("w")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(2)
                        .addFloatData(1)
                        .addFloatData(2)
                        .build())
                .node("Add", "y", "x", "w")
                .output("y")
                .build();

        assertThat(problems(model))
                .containsExactly("initializer \"w\": it declares 2 elements of type INT64 and holds 0; the file is"
                        + " damaged or was cut short");
    }

    @Test
    void foldsAConstantOfWhichOneHalfIsLeftOut() throws Exception {
        ModelProto model = new SmallGraph(13)
                .input("x")
                .constant("both", floats(new long[] {2, 2}, 1, 2, 10, 20))
                .constant("sizes", HostArray.vector(1, 1))
                .node(NodeProto.newBuilder()
                        .setName("/split")
                        .setOpType("Split")
                        .addInput("both")
                        .addInput("sizes")
                        .addOutput("first")
                        .addOutput(""))
                .node("Add", "y", "x", "first")
                .output("y")
                .build();
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager step = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            assertThat(executor.begin(step, Map.of("x", ROW.toArray(step)))
                            .fetch("y")
                            .toFloatArray())
                    .containsExactly(4, 7);
        }
    }

    private static List<String> problems(ModelProto model) {
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu())) {
            return catchThrowableOfType(UnsupportedGraphException.class, () -> GraphExecutor.compile(model, parameters))
                    .problems();
        }
    }
}
