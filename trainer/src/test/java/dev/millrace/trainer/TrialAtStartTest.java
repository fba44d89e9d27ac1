package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compiles and cannot run is refused when the learner starts, and not by its first batch. */
class TrialAtStartTest {
    @TempDir
    private Path directory;

    @Test
    void startsWithAModelThatTrains() {
        assertThatCode(() -> start(graph -> {})).doesNotThrowAnyException();
    }

    @Test
    void refusesShapesThatDoNotFit() {
        assertThatThrownBy(() -> start(graph -> graph.getInitializerBuilderList().stream()
                        .filter(weight -> weight.getName().equals("weight"))
                        .forEach(weight -> weight.setDims(0, 16).setDims(1, NumberEncoders.FEATURES))))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("The ONNX graph cannot be run for training, 1 problem(s)")
                .hasMessageContaining("trial with 2 inputs as they are configured")
                .hasMessageContaining("node \"/product\" ")
                .hasMessageContaining("(MatMul, fused with Add) failed on float32[2, 6], float32[16, 6]");
    }

    @Test
    void refusesAGraphThatTakesOneInputAtATime() {
        assertThatThrownBy(() -> start(graph -> {
                    NumberEncoders.reshape(graph, "y", "all", 1, 16);
                    graph.getOutputBuilder(0).setName("all");
                }))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("trial with 2 inputs as they are configured")
                .hasMessageContaining("node \"/all\" (Reshape) failed on");
    }

    private void start(Consumer<GraphProto.Builder> change) throws IOException {
        ModelConfig model = NumberEncoders.features(directory);
        ModelProto.Builder changed = ModelProto.parseFrom(Files.readAllBytes(model.file())).toBuilder();
        change.accept(changed.getGraphBuilder());
        Files.write(model.file(), changed.build().toByteArray());
        try (EncoderFiles files = EncoderFiles.read(model)) {
            TrainerConfig config = Configs.of(directory.resolve("checkpoints"), List.of("POLICY__FREEZE=[]"));
            LearnerParts.restore(config, files, InstantSource.fixed(Instant.EPOCH))
                    .close();
        }
    }
}
