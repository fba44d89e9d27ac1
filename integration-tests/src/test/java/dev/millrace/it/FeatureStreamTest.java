package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.inference.encoder.GraphValue;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.FileFeed;
import dev.millrace.scenario.Waiting;
import dev.millrace.schemas.RejectReason;
import dev.millrace.standalone.Standalone;
import dev.millrace.standalone.StandaloneConfig;
import dev.millrace.standalone.cli.MillraceMain;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feature vectors from a file by {@code millrace produce} over a broker and a registry into training. */
final class FeatureStreamTest {
    private static final int WIDTH = 6;
    private static final int ROWS = 200;
    private static final int BAD_ROWS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    @Test
    void vectorsOfAFileAreFormedAndTrained() throws Exception {
        Path table = Files.writeString(directory.resolve("vectors.csv"), rows());
        StandaloneConfig.Encoder encoder = new StandaloneConfig.Encoder(
                "vectors", model(), InputKind.FEATURES, null, 128, "", null, Pooling.NONE, "");
        Map<String, String> settings = Map.of(
                "TRAINER_POLICY__FREEZE", "[]",
                "TRAINER_POLICY__ENCODER_LEARNING_RATE", "1e-2",
                "TRAINER_POLICY__HEAD_LEARNING_RATE", "1e-2",
                "TRAINER_INGEST__HOLDOUT_FRACTION", "0.1",
                "TRAINER_BATCH__MAX_WAIT", "200ms",
                "TRAINER_POLICY__THREADS", "1",
                "TRAINER_SNAPSHOT__EVERY_STEPS", "5");
        try (Standalone platform = Standalone.start(
                new StandaloneConfig(0, 0, 0, 0, 1, encoder, null, null), directory.resolve("data"), settings)) {
            StringWriter out = new StringWriter();

            assertThat(FileFeed.produce(
                            platform,
                            new PrintWriter(out, true),
                            "--features",
                            "x",
                            "--label",
                            "side",
                            table.toString()))
                    .isZero();

            assertThat(out.toString()).contains("\"samples\":" + (ROWS + BAD_ROWS) + ",\"bad\":0");
            assertThat(Waiting.until(LIMIT, () -> FileFeed.settled(platform) == ROWS + BAD_ROWS))
                    .as(() -> FileFeed.settled(platform) + " "
                            + platform.trainer().troubles())
                    .isTrue();
            assertThat(platform.trainer().former().counts().deadLetters())
                    .containsOnly(Map.entry(RejectReason.WRONG_DIMENSION, (long) BAD_ROWS));
            assertThat(platform.trainer().status().windowAccuracy()).isGreaterThan(0.8); // a coin would have 0.5
            Waiting.require("a version", LIMIT, () -> platform.trainer().published() > 0);
            provesAVersionByTheDataDirectoryAlone(platform.trainer().published());
        }
    }

    private void provesAVersionByTheDataDirectoryAlone(long version) throws InterruptedException {
        assertThat(replay(version, 0, Map.of())).contains("identical  version " + version + ", 2 tensors");
        Path wrong = directory.resolve("wrong-store");
        new FileSnapshotStore(wrong);
        assertThat(replay(version, 1, Map.of("TRAINER_SNAPSHOT__STORE", wrong.toString())))
                .filteredOn(line -> line.startsWith("DIFFERS"))
                .singleElement()
                .asString()
                .contains("snapshot.store " + wrong + " has none of the 3 blobs of the version");
    }

    /** In a process of its own, since the engine records gradients for one learner only. */
    private List<String> replay(long version, int code, Map<String, String> environment) throws InterruptedException {
        String data = directory.resolve("data").toString();
        try (ChildJvm replay = ChildJvm.start(
                new ChildJvm.Spec(
                        "replay-to-" + code,
                        MillraceMain.class,
                        List.of("-Xmx600m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dai.djl.offline=true"),
                        List.of("replay", "--version", Long.toString(version), "--data-dir", data),
                        environment),
                directory.resolve("logs"))) {
            assertThat(replay.awaitExit(LIMIT)).as(replay::described).hasValue(code);
            replay.requireLine(code == 0 ? "identical" : "not proven", LIMIT);
            return replay.lines(0);
        }
    }

    /** Vectors around two centres; the last ones are too short. */
    private static String rows() {
        Random random = new Random(3);
        StringBuilder rows = new StringBuilder("side,x\n");
        for (int row = 0; row < ROWS; row++) {
            boolean left = row % 2 == 0;
            rows.append(left ? "left" : "right").append(",\"[");
            for (int i = 0; i < WIDTH; i++) {
                rows.append(i == 0 ? "" : ", ").append(random.nextGaussian() * 0.5 + (left ? 1 : -1) * (i % 2));
            }
            rows.append("]\"\n");
        }
        for (int row = 0; row < BAD_ROWS; row++) {
            rows.append("left,1 2 ").append(row).append('\n');
        }
        return rows.toString();
    }

    /** {@code tanh(x W)} to 8 numbers. */
    private Path model() throws IOException {
        Random random = new Random(4);
        TensorProto.Builder weight = TensorProto.newBuilder()
                .setName("weight")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(WIDTH)
                .addDims(8);
        for (int i = 0; i < WIDTH * 8; i++) {
            weight.addFloatData((float) random.nextGaussian());
        }
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("vectors")
                .addInput(GraphValue.floats("x", "batch", WIDTH))
                .addInitializer(weight)
                .addNode(NodeProto.newBuilder()
                        .setName("/MatMul")
                        .setOpType("MatMul")
                        .addInput("x")
                        .addInput("weight")
                        .addOutput("product"))
                .addNode(NodeProto.newBuilder()
                        .setName("/Tanh")
                        .setOpType("Tanh")
                        .addInput("product")
                        .addOutput("y"))
                .addOutput(GraphValue.floats("y", "batch", 8));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        return Files.write(directory.resolve("vectors.onnx"), model.toByteArray());
    }
}
