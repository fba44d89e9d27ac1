package dev.millrace.trainer.onnx.zoo;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole networks as exporters write them, at the opsets that their defaults have been. */
class GeneratedModelTest {
    private static final long SEED = 31;

    @FunctionalInterface
    private interface Network {
        ModelProto at(int opset, long seed);
    }

    private static Stream<Arguments> atOpsets(String name, Network network, String output, int... opsets) {
        return Arrays.stream(opsets)
                .mapToObj(opset -> Arguments.of(name + " at opset " + opset, network.at(opset, SEED), output));
    }

    static Stream<Arguments> vision() {
        return Stream.of(
                        atOpsets("ViT", VisionTransformers::vit, "embedding", 11, 14, 17, 18, 20),
                        atOpsets("DINOv2", VisionTransformers::dino, "embedding", 13, 17, 18),
                        atOpsets("CLIP vision", VisionTransformers::clip, "image_embeds", 11, 14, 18),
                        atOpsets("ResNet", ConvolutionalNetworks::resNet, "embedding", 11, 14, 18),
                        atOpsets("ConvNeXt", ConvolutionalNetworks::convNext, "embedding", 11, 17, 21))
                .flatMap(models -> models);
    }

    static Stream<Arguments> text() {
        return Stream.of(
                        atOpsets("CLIP text", ClipText::model, "text_embeds", 11, 14, 17, 18),
                        atOpsets("BERT", TinyBert::model, "last_hidden_state", 11, 14, 17, 20))
                .flatMap(models -> models);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vision")
    void trainsOnImages(String name, ModelProto model, String output) throws Exception {
        HostArray images = HostArray.random(new Random(SEED), -2, 2, 3, 3, 32, 32);
        String input = model.getGraph().getInput(0).getName();

        new ShortTraining(model, Map.of(input, images), output).check(List.of("**"), List.of(), 1e-3);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("text")
    void trainsOnText(String name, ModelProto model, String output) throws Exception {
        HostArray ids = HostArray.randomLongs(new Random(SEED), 1, ClipText.VOCABULARY, 3, 7);
        Map<String, HostArray> inputs =
                Map.of("input_ids", ids, "attention_mask", HostArray.randomLongs(new Random(1), 1, 2, 3, 7));

        new ShortTraining(model, inputs, output).check(List.of("**"), List.of(), 1e-3);
    }
}
