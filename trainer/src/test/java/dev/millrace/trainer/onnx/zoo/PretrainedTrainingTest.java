package dev.millrace.trainer.onnx.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.inference.encoder.ConstantWeights;
import dev.millrace.inference.encoder.ModelFile;
import dev.millrace.trainer.onnx.HostArray;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pretrained networks from Maven Central, trained for a few steps. */
class PretrainedTrainingTest {
    private static final long SEED = 41;
    private static final Path OURS = Path.of("target/models");
    private static final Path SERVED = Path.of("../inference/target/models");

    private static ModelProto read(Path directory, String file) throws Exception {
        Path path = directory.resolve(file);
        assumeThat(path).as("the model file, which the build unpacks").exists();
        return ConstantWeights.hoist(ModelFile.parse(ModelFile.bytes(path), file));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"all-minilm-l6-v2, 30522", "bge-small-en-v1.5, 30522", "e5-small-v2, 30522", "bge-small-zh-v1.5, 21128"
    })
    void textEncoders(String name, int vocabulary) throws Exception {
        Path directory = name.equals("all-minilm-l6-v2") || name.equals("bge-small-en-v1.5") ? SERVED : OURS;
        ModelProto model = read(directory.resolve(name), name + ".onnx");
        HostArray ids = HostArray.randomLongs(new Random(SEED), 0, vocabulary, 2, 9);
        HostArray ones = new HostArray(DataType.INT64, ids.shape(), new double[18]);
        Arrays.fill(ones.values(), 1);
        HostArray zeros = new HostArray(DataType.INT64, ids.shape(), new double[18]);

        new ShortTraining(
                        model,
                        Map.of("input_ids", ids, "attention_mask", ones, "token_type_ids", zeros),
                        "last_hidden_state")
                .check(List.of("**"), List.of("**/word_embeddings/**"), 1e-4);
    }

    /** They are trained before the function that their answers are squeezed by: far from any text it is flat. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "ch_ppocr_mobile_v2.0_cls_infer.onnx, Softmax, 48, 1e-4",
        "ch_PP-OCRv3_det_infer.onnx, Sigmoid, 32, 1e-7",
        "ch_PP-OCRv4_det_infer.onnx, Sigmoid, 32, 1e-7",
    })
    void textDetectorsAndClassifiers(String name, String last, int height, double rate) throws Exception {
        ModelProto whole = read(OURS.resolve("pp-ocr/models"), name);
        String output = whole.getGraph().getNodeList().stream()
                .filter(node -> node.getOpType().equals(last))
                .map(node -> node.getInput(0))
                .findFirst()
                .orElseThrow();
        ModelProto model = whole.toBuilder()
                .setGraph(whole.getGraph().toBuilder()
                        .clearOutput()
                        .addOutput(ValueInfoProto.newBuilder().setName(output)))
                .build();
        HostArray images = HostArray.random(new Random(SEED), -1, 1, 2, 3, height, 64);

        assertThat(model.getGraph().getInitializerCount())
                .as("weights out of Constant nodes")
                .isPositive();
        new ShortTraining(model, Map.of("x", images), output).check(List.of("**"), List.of(), rate);
    }
}
