package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Poolings of feature maps, of tokens without a mask and of none, against the same sums in double precision. */
class NumberEncodersTest {
    private static final Offset<Float> ROUNDING = within(1e-6f);
    private static final int PIXELS = 16;

    static Stream<Arguments> poolings() {
        return Stream.of(11L, 13L, 17L, 18L, 21L)
                .flatMap(operatorSet -> Stream.of(
                        Arguments.of(operatorSet, Pooling.MEAN, "map"),
                        Arguments.of(operatorSet, Pooling.MAX, "map"),
                        Arguments.of(operatorSet, Pooling.MEAN, "tokens"),
                        Arguments.of(operatorSet, Pooling.MAX, "tokens"),
                        Arguments.of(operatorSet, Pooling.CLS, "tokens"),
                        Arguments.of(operatorSet, Pooling.CLS, "")));
    }

    @ParameterizedTest
    @MethodSource("poolings")
    void imagesArePooled(long operatorSet, Pooling pooling, String output) throws Exception {
        EncoderGraph graph = NumberEncoders.parse(NumberEncoders.images(operatorSet, 3));
        EncoderGraph pooled = graph.withPooling(pooling, output);
        FloatBatch batch = new FloatBatch(2, List.of(3, 4, 4), random(2 * 3 * PIXELS));
        try (Preprocessing preprocessing = NumberEncoders.preprocessing(pooled);
                OrtEncoder encoder = open(pooled, preprocessing)) {
            float[][] embeddings = encoder.encode(batch).embeddings();

            assertThat(embeddings[0]).containsExactly(expected(graph, batch.values(), 0, pooling), ROUNDING);
            assertThat(embeddings[1]).containsExactly(expected(graph, batch.values(), 1, pooling), ROUNDING);
        }
    }

    @Test
    void textsArePooledByTheirLargestComponents() throws Exception {
        for (long operatorSet : new long[] {11, 13, 18}) {
            EncoderGraph graph = TinyEncoder.graph(operatorSet);
            try (TextTokenizer tokenizer = TinyEncoder.tokenizer();
                    OrtEncoder encoder = open(graph.withPooling(Pooling.MAX), tokenizer)) {
                TokenBatch batch = new TokenBatch(
                        2, 3, new long[] {5, 6, 7, 8, 9, 10}, new long[] {1, 1, 0, 0, 0, 0}, new long[6]);
                float[][] embeddings = encoder.encode(batch).embeddings();
                float[][] alone = encoder.encode(
                                new TokenBatch(1, 2, new long[] {5, 6}, new long[] {1, 1}, new long[2]))
                        .embeddings();

                assertThat(embeddings[0]).containsExactly(largest(graph, 5, 6), ROUNDING);
                assertThat(embeddings[0]).containsExactly(alone[0]);
                assertThat(embeddings[1]).containsExactly(new float[TinyEncoder.DIMENSION], within(0f));
            }
        }
    }

    @Test
    void vectorsAreTakenAsTheyAre() throws Exception {
        EncoderGraph graph = NumberEncoders.parse(NumberEncoders.features(13)).withPooling(Pooling.NONE);
        try (Preprocessing preprocessing = new FeaturePreprocessing(NumberEncoders.FEATURES);
                OrtEncoder encoder = open(graph, preprocessing)) {
            List<EncoderInput> inputs = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                inputs.add(new EncoderInput.Features(Arrays.copyOfRange(random(400), 6 * i, 6 * i + 6)));
            }
            Encoded together = encoder.encode(inputs);
            for (int i = 0; i < inputs.size(); i++) {
                Encoded alone = encoder.encode(inputs.subList(i, i + 1));
                assertThat(together.embeddings()[i]).containsExactly(alone.embeddings()[0]);
                assertThat(together.tokens()[i]).isZero();
            }
        }
    }

    @Test
    void anImageGetsTheSameBitsAloneAndInABatch() throws Exception {
        EncoderGraph graph = NumberEncoders.parse(NumberEncoders.images(13, 3)).withPooling(Pooling.MEAN, "map");
        try (Preprocessing preprocessing = NumberEncoders.preprocessing(graph);
                OrtEncoder encoder = open(graph.withCosineHead(3, 16), preprocessing)) {
            List<EncoderInput> images = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                images.add(new EncoderInput.Image(Images.filled(3 + i, 7, 0x10203 * i, "png")));
            }
            Encoded together = encoder.encode(images);
            for (int i = 0; i < images.size(); i++) {
                Encoded alone = encoder.encode(images.subList(i, i + 1));
                assertThat(together.embeddings()[i]).containsExactly(alone.embeddings()[0]);
                assertThat(together.logits()[i]).containsExactly(alone.logits()[0]);
            }
        }
    }

    static Stream<Arguments> refusals() {
        ModelProto.Builder fixed = NumberEncoders.images(13, 3);
        fixed.getGraphBuilder().setInput(0, GraphValue.of("pixels", 1, 1, 3, 4, 4));
        ModelProto.Builder open = NumberEncoders.features(13);
        open.getGraphBuilder().setInput(0, GraphValue.of("x", 1, "batch", "features"));
        ModelProto.Builder flat = NumberEncoders.images(13, 3);
        flat.getGraphBuilder().setInput(0, GraphValue.of("pixels", 1, "batch", 3, 16));
        return Stream.of(
                Arguments.of(fixed, Pooling.MEAN, "map", "fixed to batches of 1"),
                Arguments.of(open, Pooling.NONE, "", "leaves the number of features open"),
                Arguments.of(flat, Pooling.MEAN, "map", "must be float [batch, channels, height, width]"),
                Arguments.of(NumberEncoders.images(13, 2), Pooling.MEAN, "map", "has 2 channels"),
                Arguments.of(NumberEncoders.images(13, 3), Pooling.MEAN, "", "needs one float output"),
                Arguments.of(
                        NumberEncoders.images(13, 3), Pooling.NONE, "", "needs one float output [batch, dimension]"),
                Arguments.of(
                        NumberEncoders.images(13, 3), Pooling.NONE, "map", "pooling NONE takes [batch, dimension]"),
                Arguments.of(NumberEncoders.images(13, 3), Pooling.CLS, "mop", "no node makes a value of that name"),
                Arguments.of(NumberEncoders.features(13), Pooling.MEAN, "", "needs one float output"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void otherGraphsAreRefusedInWords(ModelProto.Builder model, Pooling pooling, String output, String problem) {
        assertThatThrownBy(() -> NumberEncoders.parse(model).withPooling(pooling, output))
                .isInstanceOf(RefusedModelException.class)
                .hasMessageContaining("numbers is refused")
                .hasMessageContaining(problem);
    }

    private static OrtEncoder open(EncoderGraph graph, Preprocessing preprocessing) throws RefusedModelException {
        return OrtEncoder.open(
                graph.skeleton(), RealEncoder.weights(graph), graph.floatInitializers(), preprocessing, 1);
    }

    private static float[] random(int count) {
        float[] values = new float[count];
        Random random = new Random(9);
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** One image's embedding: each pixel through the kernel, then pooled and normalised. */
    private static float[] expected(EncoderGraph graph, float[] values, int row, Pooling pooling) {
        double[] pooled = new double[NumberEncoders.DIMENSION];
        Arrays.fill(pooled, pooling == Pooling.MAX ? Double.NEGATIVE_INFINITY : 0);
        for (int pixel = 0; pixel < (pooling == Pooling.CLS ? 1 : PIXELS); pixel++) {
            for (int d = 0; d < pooled.length; d++) {
                double value = graph.weight("bias").getFloat(Float.BYTES * d);
                for (int c = 0; c < 3; c++) {
                    value += graph.weight("kernel").getFloat(Float.BYTES * (d * 3 + c))
                            * values[(row * 3 + c) * PIXELS + pixel];
                }
                pooled[d] = pooling == Pooling.MAX ? Math.max(pooled[d], value) : pooled[d] + value;
            }
        }
        return normalised(pooled);
    }

    private static float[] largest(EncoderGraph graph, int... ids) {
        double[] largest = new double[TinyEncoder.DIMENSION];
        Arrays.fill(largest, Double.NEGATIVE_INFINITY);
        for (int id : ids) {
            for (int d = 0; d < largest.length; d++) {
                double value = graph.weight("words").getFloat(Float.BYTES * (id * largest.length + d))
                        + graph.weight("bias").getFloat(Float.BYTES * d);
                largest[d] = Math.max(largest[d], value);
            }
        }
        return normalised(largest);
    }

    private static float[] normalised(double[] values) {
        double norm =
                Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
        float[] normalised = new float[values.length];
        for (int d = 0; d < values.length; d++) {
            normalised[d] = (float) (values[d] / norm);
        }
        return normalised;
    }
}
