package dev.millrace.trainer.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.NumberEncoders;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodedSamplesTest {
    @TempDir
    private Path directory;

    @Test
    void encodesAnIdAgainThatCameAgainWithAnotherContent() throws Exception {
        AcceptedSample first = sample(1, 1, -1, 2, 0, 0, 3);
        AcceptedSample again = sample(2, -4, 1, 0, 2, 1, 0);
        EncodedSamples encoded = new EncodedSamples(0, List.of());

        try (OrtEncoder encoder = open(NumberEncoders.features(directory))) {
            encoded.encode(encoded.missing(List.of(first)), encoder);
            assertThat(encoded.missing(List.of(first))).isEmpty();

            assertThat(encoded.missing(List.of(first, again))).containsExactly(again);
            encoded.encode(List.of(again), encoder);
        }

        float[][] rows = encoded.embeddings(List.of(first, again)).embeddings();
        assertThat(rows[0]).isNotEqualTo(rows[1]);
    }

    @Test
    void isBrokenOffByAnInterruptionBetweenTwoPieces() throws Exception {
        List<AcceptedSample> samples = IntStream.range(0, 100)
                .mapToObj(i -> sample(i, 1, i, 2, 0, 0, 3))
                .toList();
        EncodedSamples encoded = new EncodedSamples(7, List.of());

        try (OrtEncoder encoder = open(NumberEncoders.features(directory))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> encoded.encode(samples, encoder))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("interrupted with 100 samples to encode by version 7");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private static OrtEncoder open(ModelConfig config) throws Exception {
        EncoderGraph pooled = config.openGraph();
        Preprocessing preprocessing = config.openPreprocessing(pooled);
        Map<String, ByteBuffer> weights = new HashMap<>();
        pooled.floatInitializers().keySet().forEach(name -> weights.put(name, pooled.weight(name)));
        return OrtEncoder.open(pooled.skeleton(), weights, pooled.floatInitializers(), preprocessing, 1);
    }

    private static AcceptedSample sample(long offset, double... features) {
        float[] values = new float[features.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) features[i];
        }
        AcceptedSample sample =
                new AcceptedSample("same", Instant.EPOCH, Instant.EPOCH, "label", null, null, null, 0, offset);
        sample.setFeatures(new EncoderInput.Features(values).littleEndian());
        return sample;
    }
}
