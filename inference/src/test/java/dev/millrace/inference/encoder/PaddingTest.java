package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A text gets the same bits whatever it is padded to and whoever is in the batch. */
class PaddingTest {
    private static final int CLASSES = 7;

    @ParameterizedTest
    @EnumSource(RealEncoder.class)
    void sameBitsAloneAndPadded(RealEncoder real) throws Exception {
        try (TextTokenizer tokenizer = real.tokenizer();
                OrtEncoder encoder = open(real, tokenizer, 1)) {
            long[] longest = tokenizer.encode(RealEncoder.TEXTS.subList(7, 8)).inputIds();
            List<String> differing = new ArrayList<>();
            for (int length : new int[] {1, 2, 3, 4, 7, 8, 9, 15, 30, 63, 65}) {
                long[] row = Arrays.copyOf(longest, length);
                Encoded alone = encoder.encode(batch(row));
                for (int columns : new int[] {length + 1, length + 2, length + 3, 70, 133}) {
                    Encoded padded = encoder.encode(batch(new long[columns], row));
                    if (!Arrays.equals(alone.embeddings()[0], padded.embeddings()[1])
                            || !Arrays.equals(alone.logits()[0], padded.logits()[1])) {
                        differing.add(length + " tokens padded to " + columns);
                    }
                }
            }

            assertThat(differing).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(RealEncoder.class)
    void sameBitsAloneAndInABatch(RealEncoder real) throws Exception {
        try (TextTokenizer tokenizer = real.tokenizer();
                OrtEncoder encoder = open(real, tokenizer, 2)) {
            Encoded sorted = encoder.encode(EncoderInput.texts(RealEncoder.TEXTS));
            Encoded padded = encoder.encode(tokenizer.encode(RealEncoder.TEXTS));

            for (int i = 0; i < RealEncoder.TEXTS.size(); i++) {
                Encoded alone = encoder.encode(EncoderInput.texts(RealEncoder.TEXTS.subList(i, i + 1)));
                assertThat(sorted.embeddings()[i]).containsExactly(alone.embeddings()[0]);
                assertThat(padded.embeddings()[i]).containsExactly(alone.embeddings()[0]);
                assertThat(sorted.probabilities()[i]).containsExactly(alone.probabilities()[0]);
                assertThat(padded.probabilities()[i]).containsExactly(alone.probabilities()[0]);
                assertThat(sorted.tokens()[i]).isEqualTo(alone.tokens()[0]);
            }
        }
    }

    private static TokenBatch batch(long[]... rows) {
        return TokenBatch.of(
                Arrays.stream(rows).map(row -> new PreparedInput.Tokens(row, 0)).toList());
    }

    private static OrtEncoder open(RealEncoder real, TextTokenizer tokenizer, int threads) throws Exception {
        EncoderGraph graph = real.graph().withPooling(real.pooling).withCosineHead(CLASSES, 16);
        Map<String, ByteBuffer> weights = RealEncoder.weights(graph);
        Random random = new Random(11);
        ByteBuffer head = graph.weight(EncoderGraph.HEAD_WEIGHT);
        while (head.hasRemaining()) {
            head.putFloat((float) random.nextGaussian());
        }
        weights.put(EncoderGraph.HEAD_WEIGHT, head.flip());
        return OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), tokenizer, threads);
    }
}
