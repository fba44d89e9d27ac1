package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.inference.encoder.GraphValue;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What people read, and what scripts read: the report and the exit code. */
class InspectCommandTest {
    private static final int WIDTH = 4;

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void printsWhatWouldTrainAndEndsWithZero() throws IOException {
        Path file = write("MatMul", "Tanh");

        assertThat(inspect(file.toString())).isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().lines())
                .containsExactly(
                        "model      model.onnx, 0.0 MB",
                        "opset      17, made by by-hand 2",
                        "input      x FLOAT[batch, 4]",
                        "output     y FLOAT[batch, 4]",
                        "operators  2 nodes",
                        "  MatMul                          1  trains",
                        "  Tanh                            1  trains",
                        "selectors  train **; freeze nothing",
                        "  nothing here is called **/word_embeddings/**, which trainer.yaml freezes: set policy.freeze to"
                                + " [], or the start is refused",
                        "weights    16 values, of which 16 train",
                        "  layer                                         16 train in 1 tensors, 0 frozen",
                        "memory     0 MB, reckoned, and the activations of a batch on top",
                        "  base file in the heap                                 0.0 MB",
                        "  weights (4 bytes each)                                0.0 MB",
                        "  gradients (4 bytes each trained)                      0.0 MB",
                        "  moments of AdamW (8 bytes each trained)               0.0 MB",
                        "  copy of the trained weights for a snapshot            0.0 MB",
                        "  ONNX Runtime session that judges a snapshot           0.0 MB",
                        "verdict    it can be trained");
    }

    @Test
    void listsEveryNodeInTheWayAndEndsWithOne() throws IOException {
        Path file = write("MatMulInteger", "Det");

        assertThat(inspect(file.toString())).isEqualTo(1);

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .containsPattern("(?m)^verdict    it cannot be trained, \\d problem\\(s\\):$")
                .containsPattern("(?m)^  .*\"?/layer/MatMulInteger\"?.*quantised")
                .contains("  node \"/layer/Det\" (Det): operator is not implemented")
                .doesNotContain("it can be trained");
    }

    @Test
    void tellsOfThePretrainedEncoderWhatTrainsAndWhatItNeeds() {
        Path file = Path.of("target/models/all-minilm-l6-v2/all-minilm-l6-v2.onnx");
        assumeThat(file)
                .as("the encoder that comes along, which the build unpacks")
                .exists();

        assertThat(inspect(file.toString())).isZero();

        assertThat(out.toString().lines())
                .startsWith("model      all-minilm-l6-v2.onnx, 90.4 MB", "opset      11, made by pytorch 2.0.1")
                .contains(
                        "operators  637 nodes",
                        "selectors  train **; freeze **/word_embeddings/**",
                        "weights    22,565,376 values, of which 10,844,928 train",
                        "  encoder/layer.5                        1,774,464 train in 16 tensors, 0 frozen",
                        "memory     444 MB, reckoned, and the activations of a batch on top")
                .endsWith("verdict    it can be trained");
    }

    @Test
    void takesTheSelectorsThatItIsTold() throws IOException {
        Path file = write("MatMul", "Tanh");

        assertThat(inspect(file.toString(), "--freeze", "")).isZero();
        assertThat(inspect(file.toString(), "--freeze", "decoder/**")).isEqualTo(2);

        assertThat(out.toString())
                .contains("selectors  train **; freeze nothing")
                .doesNotContain("nothing here is called");
        assertThat(err.toString())
                .startsWith("millrace inspect: freeze: the pattern \"decoder/**\" stands for no float weight");
    }

    @Test
    void refusesFilesThatAreNoModelWithTwo() throws IOException {
        Path cut = write("MatMul", "Tanh");
        byte[] whole = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(whole, whole.length - 20));
        Path large = directory.resolve("large.onnx");
        try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
            sparse.setLength(3L << 30); // takes no room on the disk
        }

        assertThat(inspect(cut.toString())).isEqualTo(2);
        assertThat(inspect(large.toString())).isEqualTo(2);

        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .contains("model.onnx is refused: no ONNX model, or cut short after ")
                .contains("large.onnx is refused: has 3221225472 bytes; an ONNX file ends at 2 GB");
    }

    @Test
    void saysInWordsThatThereIsNoSuchFile() {
        Path none = directory.resolve("none.onnx");

        assertThat(inspect(none.toString())).isEqualTo(2);
        assertThat(inspect(directory.toString())).isEqualTo(2);

        assertThat(err.toString().lines())
                .containsExactly(
                        "millrace inspect: no file " + none,
                        "millrace inspect: " + directory + " is a directory, not a file");
    }

    /** A matrix product and a function of its result. */
    private Path write(String product, String function) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("small")
                .addInput(GraphValue.floats("x", "batch", WIDTH))
                .addOutput(GraphValue.floats("y", "batch", WIDTH))
                .addInitializer(TensorProto.newBuilder()
                        .setName("weight")
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addDims(WIDTH)
                        .addDims(WIDTH)
                        .addAllFloatData(Collections.nCopies(WIDTH * WIDTH, 0.5f)))
                .addNode(node(product, "product").addInput("x").addInput("weight"))
                .addNode(node(function, "y").addInput("product"));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .setProducerName("by-hand")
                .setProducerVersion("2")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        return Files.write(directory.resolve("model.onnx"), model.toByteArray());
    }

    private static NodeProto.Builder node(String operator, String output) {
        return NodeProto.newBuilder()
                .setName("/layer/" + operator)
                .setOpType(operator)
                .addOutput(output);
    }

    private int inspect(String... arguments) {
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(
                Stream.concat(Stream.of("inspect"), Stream.of(arguments)).toArray(String[]::new));
    }
}
