package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.trainer.onnx.zoo.Zoo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Pretrained and generated networks, each trained for a few steps, exported, loaded by the service and compared. */
class WholeModelsTest {
    private static final int STEPS = 4;
    private static final Path OURS = Path.of("target/models");
    private static final Path SERVED = Path.of("../inference/target/models");

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "all-minilm-l6-v2, MEAN, ''",
        "bge-small-en-v1.5, CLS, ''",
        "e5-small-v2, MEAN, 'query: '",
        "bge-small-zh-v1.5, CLS, ''"
    })
    void pretrainedTextEncoders(String name, Pooling pooling, String prefix) throws Exception {
        Path folder = (Files.exists(SERVED.resolve(name)) ? SERVED : OURS).resolve(name);
        Path file = present(folder.resolve(name + ".onnx"));
        Path tokenizer = present(folder.resolve(name + "-tokenizer.json"));

        trains(
                new ModelConfig(name, InputKind.TEXT, file, tokenizer, 32, prefix, tokenizer, pooling, ""),
                Encoders::sample,
                "POLICY__FREEZE=**/word_embeddings/**",
                "POLICY__ENCODER_LEARNING_RATE=1e-4");
    }

    /**
     * The files as they are; what is pooled is what their last layers work on: {@code model.output} names it, and the
     * nodes behind it are cut away when the graph is read, as in production.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "ch_ppocr_mobile_v2.0_cls_infer, GlobalAveragePool",
        "ch_PP-OCRv3_det_infer, Concat",
        "ch_PP-OCRv4_det_infer, Concat"
    })
    void pretrainedImageNetworks(String name, String before) throws Exception {
        Path file = present(OURS.resolve("pp-ocr/models/" + name + ".onnx"));
        List<NodeProto> nodes =
                ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getNodeList();
        NodeProto last = nodes.stream()
                .filter(node -> node.getOpType().equals(before))
                .reduce((first, second) -> second)
                .orElseThrow();
        String features = before.equals("Concat") ? last.getOutput(0) : last.getInput(0);
        Path preprocessing = preprocessing(64);

        trains(
                new ModelConfig(name, InputKind.IMAGE, file, file, 32, "", preprocessing, Pooling.MEAN, features),
                InputKindsTest::image,
                "POLICY__ENCODER_LEARNING_RATE=1e-4");
    }

    @ParameterizedTest
    @EnumSource
    void generatedNetworks(Zoo network) throws Exception {
        Path file = Files.write(directory.resolve("model.onnx"), network.model().toByteArray());
        Path tokenizer = Files.writeString(directory.resolve("tokenizer.json"), Zoo.tokenizerJson());
        Path preprocessing = preprocessing(32);

        trains(
                new ModelConfig(
                        "zoo",
                        network.input(),
                        file,
                        tokenizer,
                        Zoo.LONGEST_TEXT,
                        "",
                        preprocessing,
                        network.pooling(),
                        ""),
                network.input() == InputKind.TEXT ? Encoders::sample : InputKindsTest::image,
                "POLICY__ENCODER_LEARNING_RATE=1e-3");
    }

    private Path preprocessing(int side) throws IOException {
        return Files.writeString(directory.resolve("preprocessor_config.json"), """
                {"size": {"height": %d, "width": %d}, "resample": 2, "image_mean": [0.5], "image_std": [0.5]}""".formatted(side, side));
    }

    private static Path present(Path file) {
        assumeTrue(Files.exists(file), () -> file + " is not there: build clean, which unpacks it");
        return file;
    }

    /** The same batch over and over: its loss falls, and every weight that was chosen moves. */
    private void trains(ModelConfig model, WholeLoop.Source source, String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(settings));
        all.addAll(List.of("GRPO__PRESET=CROSS_ENTROPY", "POLICY__SCHEDULE__WARMUP_STEPS=0", "REPLAY__PER_BATCH=0"));
        try (WholeLoop loop = new WholeLoop(directory, model, source);
                LearnerParts parts = loop.open(all.toArray(String[]::new))) {
            parts.policy().enterThread();
            double[] losses = new double[STEPS];
            for (int step = 0; step < STEPS; step++) {
                parts.learner().apply(loop.batch(step, 0));
                losses[step] = parts.learner().status().loss();
            }

            assertThat(losses[STEPS - 1]).as("losses %s", List.of(losses)).isLessThan(losses[0]);
            assertThat(unmoved(loop.files().pooled(), parts))
                    .as("weights that did not move")
                    .isEmpty();
            loop.proveAndServe(parts);
        }
    }

    private static List<String> unmoved(EncoderGraph base, LearnerParts parts) {
        List<String> unmoved = new ArrayList<>();
        parts.policy().readWeights((name, shape, values) -> {
            if (!name.equals(EncoderGraph.HEAD_WEIGHT)) {
                ByteBuffer before = base.weight(name).order(ByteOrder.LITTLE_ENDIAN);
                FloatBuffer floats = before.asFloatBuffer();
                if (floats.equals(values.duplicate())) {
                    unmoved.add(name);
                }
            }
        });
        return unmoved;
    }
}
