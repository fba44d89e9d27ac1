package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pooling and head against the same sums in double precision, in every form the operator sets ask for. */
class AppendedNodesTest {
    private static final Offset<Float> ROUNDING = within(1e-6f);
    private static final TokenBatch BATCH = new TokenBatch(
            3,
            4,
            new long[] {1, 5, 6, 2, 1, 9, 0, 0, 7, 7, 7, 7},
            new long[] {1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0},
            new long[12]);

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 17, 18, 20, 21})
    void meanPoolingIgnoresPadding(long operatorSet) throws Exception {
        EncoderGraph graph = TinyEncoder.graph(operatorSet).withPooling(Pooling.MEAN);
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer();
                OrtEncoder encoder = RealEncoder.open(graph, tokenizer, 1)) {
            float[][] embeddings = encoder.encode(BATCH).embeddings();

            assertThat(embeddings[0]).containsExactly(mean(graph, 1, 5, 6, 2), ROUNDING);
            assertThat(embeddings[1]).containsExactly(mean(graph, 1, 9), ROUNDING);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 13, 18})
    void rowWithoutTokensBecomesZerosAndEvenProbabilities(long operatorSet) throws Exception {
        EncoderGraph graph =
                TinyEncoder.graph(operatorSet).withPooling(Pooling.MEAN).withCosineHead(2, 8);
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer();
                OrtEncoder encoder = RealEncoder.open(graph, tokenizer, 1)) {
            Encoded encoded = encoder.encode(BATCH);

            assertThat(encoded.embeddings()[2]).containsOnly(0f);
            assertThat(encoded.probabilities()[2]).containsOnly(0.5f);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 13, 18})
    void firstTokenPoolingTakesTheFirstToken(long operatorSet) throws Exception {
        EncoderGraph graph = TinyEncoder.graph(operatorSet).withPooling(Pooling.CLS);
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer();
                OrtEncoder encoder = RealEncoder.open(graph, tokenizer, 1)) {
            assertThat(encoder.encode(BATCH).embeddings()[2]).containsExactly(mean(graph, 7), ROUNDING);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 17, 18, 20, 21})
    void logitsAreScaledCosinesAndProbabilitiesTheirSoftmax(long operatorSet) throws Exception {
        double scale = 12.5;
        float[][] head = {{3, 0, 0, 0}, {0, -0.001f, 0.002f, 0}, {0, 0, 0, 0}};
        EncoderGraph graph =
                TinyEncoder.graph(operatorSet).withPooling(Pooling.MEAN).withCosineHead(head.length, scale);
        Map<String, ByteBuffer> weights = RealEncoder.weights(graph);
        weights.put(EncoderGraph.HEAD_WEIGHT, buffer(head));
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer();
                OrtEncoder encoder =
                        OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), tokenizer, 1)) {
            Encoded encoded = encoder.encode(BATCH);

            float[] expected = new float[head.length];
            double sum = 0;
            for (int k = 0; k < head.length; k++) {
                expected[k] = (float) (scale * cosine(encoded.embeddings()[0], head[k]));
                sum += Math.exp(expected[k]);
            }
            assertThat(encoded.logits()[0])
                    .containsExactly(expected, within(2e-5f)); // 1e-6 of rounding times the scale
            for (int k = 0; k < head.length; k++) {
                assertThat(encoded.probabilities()[0][k])
                        .isCloseTo((float) (Math.exp(expected[k]) / sum), within(2e-5f));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void aNewHeadTakesThePlaceOfTheOld(int classes) throws Exception {
        EncoderGraph twice = TinyEncoder.graph(13)
                .withPooling(Pooling.MEAN)
                .withCosineHead(3, 4)
                .withCosineHead(classes, 4);

        assertThat(twice.floatInitializers().get(EncoderGraph.HEAD_WEIGHT))
                .containsExactly(classes, TinyEncoder.DIMENSION);
        assertThat(twice.proto())
                .isEqualTo(TinyEncoder.graph(13)
                        .withPooling(Pooling.MEAN)
                        .withCosineHead(classes, 4)
                        .proto());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesAScaleThatIsNotPositiveAndFinite(double scale) throws Exception {
        EncoderGraph graph = TinyEncoder.graph(13).withPooling(Pooling.MEAN);

        assertThatThrownBy(() -> graph.withCosineHead(2, scale)).hasMessageContaining(Double.toString(scale));
    }

    private static float[] mean(EncoderGraph graph, int... ids) {
        ByteBuffer words = graph.weight("words");
        ByteBuffer bias = graph.weight("bias");
        double[] sum = new double[TinyEncoder.DIMENSION];
        for (int id : ids) {
            for (int d = 0; d < sum.length; d++) {
                sum[d] += words.getFloat(Float.BYTES * (id * sum.length + d)) + bias.getFloat(Float.BYTES * d);
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        float[] normalised = new float[sum.length];
        for (int d = 0; d < sum.length; d++) {
            normalised[d] = (float) (sum[d] / Math.sqrt(squares));
        }
        return normalised;
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int d = 0; d < a.length; d++) {
            product += (double) a[d] * b[d];
            squaresA += (double) a[d] * a[d];
            squaresB += (double) b[d] * b[d];
        }
        return squaresB == 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
    }

    private static ByteBuffer buffer(float[][] rows) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES * rows.length * rows[0].length)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float value : row) {
                buffer.putFloat(value);
            }
        }
        return buffer.flip();
    }
}
