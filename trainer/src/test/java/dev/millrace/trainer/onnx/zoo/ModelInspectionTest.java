package dev.millrace.trainer.onnx.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.trainer.onnx.inspect.ModelInspection;
import dev.millrace.trainer.onnx.inspect.ModelReport;
import dev.millrace.trainer.onnx.inspect.OperatorUse;
import dev.millrace.trainer.onnx.inspect.TrainedGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelInspectionTest {
    private static final ModelInspection EVERYTHING = new ModelInspection(List.of("**"), List.of());

    @TempDir
    private Path directory;

    private Path write(ModelProto model) throws IOException {
        return Files.write(directory.resolve("model.onnx"), model.toByteArray());
    }

    @Test
    void tellsWhatWouldTrain() throws Exception {
        Path file = write(TinyBert.model(17, 3));

        ModelReport report = new ModelInspection(List.of("encoder/layer.1/**"), List.of("encoder.layer.1.output.bias"))
                .inspect(file);

        assertThat(report.problems()).isEmpty();
        assertThat(report.trainable()).isTrue();
        assertThat(report.header().producer()).isEqualTo("pytorch generated");
        assertThat(report.header().opset()).hasValue(17);
        assertThat(report.inputs())
                .containsExactly("input_ids INT64[batch, axis_1]", "attention_mask INT64[batch, axis_1]");
        assertThat(report.outputs()).containsExactly("last_hidden_state FLOAT[batch, axis_1, 32]");
        assertThat(report.groups())
                .extracting(TrainedGroup::path)
                .containsExactly("embeddings", "encoder/layer.0", "encoder/layer.1");
        assertThat(report.groups().get(0).values()).isZero();
        assertThat(report.groups().get(2).tensors()).isEqualTo(15);
        assertThat(report.groups().get(2).frozen()).isEqualTo(32);
        assertThat(report.unreached()).isEmpty();
    }

    @Test
    void countsTheOperatorsAndTheMemory() throws Exception {
        Path file = write(TinyBert.model(17, 3));

        ModelReport report = EVERYTHING.inspect(file);

        assertThat(report.operators())
                .contains(new OperatorUse("LayerNormalization", 5, List.of()))
                .allMatch(use -> use.refusals().isEmpty());
        long weights = report.memory().parameters();
        assertThat(report.memory().trained()).isEqualTo(weights);
        assertThat(report.memory().total()).isEqualTo(Files.size(file) + weights * (4 + 4 + 8 + 4 + 4));
    }

    @Test
    void namesEveryNodeInTheWay() throws Exception {
        ModelProto model = TinyBert.model(17, 3);
        ModelProto.Builder changed = model.toBuilder();
        changed.getGraphBuilder()
                .addNode(NodeProto.newBuilder()
                        .setName("/a")
                        .setOpType("LSTM")
                        .addInput("last_hidden_state")
                        .addOutput("a"))
                .addNode(NodeProto.newBuilder()
                        .setName("/b")
                        .setOpType("Det")
                        .addInput("a")
                        .addOutput("b"));

        ModelReport report = EVERYTHING.inspect(write(changed.build()));

        assertThat(report.trainable()).isFalse();
        assertThat(report.problems())
                .containsExactly(
                        "node \"/b\" (Det): operator is not implemented",
                        "node \"/a\" (LSTM): recurrent layers are not implemented");
    }

    @Test
    void refusesShapesThatDoNotWorkOut() throws Exception {
        ModelProto.Builder model = TinyBert.model(17, 3).toBuilder();
        model.getGraphBuilder().getNodeBuilderList().stream()
                .filter(node -> node.getName().equals("/encoder/layer.1/attention/Transpose_1"))
                .forEach(node -> node.getAttributeBuilder(0).setInts(2, 1).setInts(3, 3));

        ModelReport report = EVERYTHING.inspect(write(model.build()));

        assertThat(report.problems())
                .first()
                .asString()
                .startsWith("trial with 2 made-up inputs, open extents of 4: node \"/encoder/layer.1/attention/");
    }

    @Test
    void refusesPatternThatStandsForNothing() {
        ModelInspection inspection = new ModelInspection(List.of("decoder/**"), List.of());

        assertThatThrownBy(() -> inspection.inspect(write(TinyBert.model(17, 3))))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("decoder/**");
    }

    @Test
    void refusesWhatIsNoModel() throws IOException {
        Path file = Files.write(directory.resolve("cut.onnx"), new byte[] {10, 127, 3});

        assertThatThrownBy(() -> EVERYTHING.inspect(file))
                .isInstanceOf(RefusedModelException.class)
                .hasMessageContaining("cut.onnx is refused: no ONNX model");
    }
}
