package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagePreprocessingTest {
    private static ImagePreprocessing of(String json, int channels) throws RefusedModelException {
        EncoderGraph graph = NumberEncoders.parse(NumberEncoders.images(13, channels));
        return ImagePreprocessing.parse(json.getBytes(StandardCharsets.UTF_8), graph, "own.json");
    }

    private static FloatBatch numbers(ImagePreprocessing preprocessing, byte[] image) {
        return (FloatBatch) InputBatch.of(preprocessing.prepare(List.of(new EncoderInput.Image(image))));
    }

    /** (sample / 255 - mean) / deviation, red first. */
    @Test
    void normalisesEachChannel() throws Exception {
        ImagePreprocessing preprocessing = of("""
                {"size": {"height": 1, "width": 1}, "image_mean": [0.5, 0, 0.1], "image_std": [0.5, 1, 2]}""", 3);

        FloatBatch batch = numbers(preprocessing, Images.filled(2, 2, 0xff3300, "png"));

        assertThat(batch.shape()).containsExactly(1, 3, 1, 1);
        assertThat(batch.values()).containsExactly(new float[] {1, 0.2f, -0.05f}, within(1e-6f));
    }

    @Test
    void blueComesFirstWhereTheFileSaysSo() throws Exception {
        byte[] orange = Images.filled(1, 1, 0xff8000, "png");
        String size = "{\"size\": {\"height\": 1, \"width\": 1}, \"do_rescale\": false, ";

        assertThat(numbers(of(size + "\"channel_order\": \"BGR\"}", 3), orange).values())
                .containsExactly(0, 128, 255);
        assertThat(numbers(of(size + "\"do_flip_channel_order\": true}", 3), orange)
                        .values())
                .containsExactly(0, 128, 255);
        assertThat(numbers(of(size + "\"channel_order\": \"RGB\"}", 3), orange).values())
                .containsExactly(255, 128, 0);
    }

    /** Pillow's L: (19595 r + 38470 g + 7471 b + 32768) / 65536, which is 0.299, 0.587, 0.114. */
    @Test
    void oneChannelIsGrey() throws Exception {
        ImagePreprocessing preprocessing = of("{\"size\": {\"height\": 1, \"width\": 1}, \"do_rescale\": false}", 1);

        assertThat(numbers(preprocessing, Images.filled(1, 1, 0xff0000, "png")).values())
                .containsExactly(76);
        assertThat(numbers(preprocessing, Images.filled(1, 1, 0x00ff00, "png")).values())
                .containsExactly(150);
        assertThat(numbers(preprocessing, Images.filled(1, 1, 0x0000ff, "png")).values())
                .containsExactly(29);
    }

    /** A row of 8 x 2 pixels becomes 4 x 1 by its shorter edge, and the middle two of those are kept. */
    @Test
    void resizesTheShorterEdgeAndKeepsTheMiddle() throws Exception {
        ImagePreprocessing preprocessing = of("""
                {"size": {"shortest_edge": 1}, "resample": "nearest", "do_center_crop": true,
                 "crop_size": {"height": 1, "width": 2}, "do_rescale": false}""", 1);
        int[] row = {10, 20, 30, 40, 50, 60, 70, 80};

        assertThat(numbers(preprocessing, Images.grey(row, row)).values()).containsExactly(40, 60);
    }

    @Test
    void withoutResizingOnlyTheRightSizeIsTaken() throws Exception {
        ImagePreprocessing preprocessing = of("{\"do_center_crop\": true, \"crop_size\": 2}", 1);
        assertThat(preprocessing.prepare(List.of(preprocessing.usualInput()))).hasSize(1);

        EncoderGraph graph = NumberEncoders.parse(sized(2, 3));
        ImagePreprocessing exact = ImagePreprocessing.parse("{}".getBytes(StandardCharsets.UTF_8), graph, "own.json");
        byte[] image = Images.filled(4, 4, 0, "png");

        assertThat(exact.prepare(List.of(exact.usualInput()))).hasSize(1);
        assertThatThrownBy(() -> exact.prepare(List.of(new EncoderInput.Image(image))))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("is 4 x 4 pixels, this model takes 3 x 2");
    }

    @Test
    void aFileOfAnotherModelIsRefused() {
        assertThatThrownBy(() -> ImagePreprocessing.parse(
                        "{\"size\": {\"height\": 8, \"width\": 8}}".getBytes(StandardCharsets.UTF_8),
                        NumberEncoders.parse(sized(2, 3)),
                        "own.json"))
                .isInstanceOf(RefusedModelException.class)
                .hasMessageContaining("height 8 and width 8")
                .hasMessageContaining("[3, 2, 3]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                    | must be a JSON object",
                "{                                                     | Unexpected end-of-input",
                "{\"size\": 224}                                       | size must be {\"height\": h, \"width\": w}",
                "{\"size\": {\"shortest_edge\": 4}}                    | add do_center_crop",
                "{\"size\": {\"longest_edge\": 4}}                     | size must be",
                "{\"size\": {\"height\": 0, \"width\": 4}}             | size.height must be a whole number from 1 to 4096",
                "{\"size\": {\"height\": 4, \"width\": 4.5}}           | size.width must be a whole number",
                "{}                                                    | neither size nor crop_size",
                "{\"do_center_crop\": true}                            | crop_size must be",
                "{\"crop_pct\": 0.9}                                   | [crop_pct] may change pixels",
                "{\"do_pad\": true}                                    | [do_pad] may change pixels",
                "{\"do_resize\": \"yes\"}                              | do_resize must be true or false",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"resample\": 1}          | was 1",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"rescale_factor\": 0}    | rescale_factor must be a positive",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"image_mean\": [1, 2]}   | image_std must be a list",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"do_normalize\": true}   | image_mean must be a list",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"image_mean\": [1, 2], \"image_std\": [1, 2]} | 1 or 3 numbers",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"image_mean\": [0], \"image_std\": [0]} | above 0",
                "{\"size\": {\"height\": 4, \"width\": 4}, \"channel_order\": \"GBR\"} | channel_order must be",
            })
    void refusesFilesThatItDoesNotUnderstand(String json, String problem) {
        assertThatThrownBy(() -> of(json, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void harmlessKeysArePassedOver() throws Exception {
        ImagePreprocessing preprocessing = of("""
                {"_name_or_path": "x", "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": true, "do_pad": false,
                 "size_divisor": null, "size": {"height": 2, "width": 2}}""", 3);

        assertThat(preprocessing.kind()).isEqualTo(InputKind.IMAGE);
    }

    @Test
    void otherInputsAreOfTheWrongKind() throws Exception {
        ImagePreprocessing preprocessing = of(NumberEncoders.preprocessorJson(), 3);

        assertThatThrownBy(() -> preprocessing.prepare(EncoderInput.texts(List.of("a text"))))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("of the kind TEXT, this model takes image");
    }

    private static ai.onnx.proto.OnnxMl.ModelProto.Builder sized(int height, int width) {
        var model = NumberEncoders.images(13, 3);
        model.getGraphBuilder().setInput(0, GraphValue.of("pixels", 1, "batch", 3, height, width));
        return model;
    }
}
