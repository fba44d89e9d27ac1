package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.load.LoadResult;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.SnapshotInput;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoders of images and of feature vectors are trained, proven, stored and served like those of texts. */
class InputKindsTest {
    private static final int BATCHES = 12;

    @TempDir
    private Path directory;

    @Test
    void imagesGoThroughTheWholeLoop() throws Exception {
        SnapshotManifest manifest = trainAndServe(NumberEncoders.images(directory), InputKindsTest::image);

        assertThat(manifest.getInput()).isEqualTo(SnapshotInput.IMAGE);
        assertThat(manifest.getProbe().getImages()).hasSize(4);
        assertThat(manifest.getPreprocessingSha256()).isNotNull();
        assertThat(manifest.getTokenizerSha256()).isNull();
        assertThat(new SnapshotLoader(WholeLoop.store(directory), InputKind.TEXT).load(manifest))
                .isInstanceOfSatisfying(LoadResult.Refused.class, refused -> {
                    assertThat(refused.outcome()).isEqualTo(SwapOutcome.UNSUPPORTED_GRAPH);
                    assertThat(refused.detail()).contains("reads IMAGE, this service serves TEXT");
                });
    }

    @Test
    void featureVectorsGoThroughTheWholeLoop() throws Exception {
        SnapshotManifest manifest = trainAndServe(NumberEncoders.features(directory), InputKindsTest::features);

        assertThat(manifest.getInput()).isEqualTo(SnapshotInput.FEATURES);
        assertThat(manifest.getProbe().getFeatures()).hasSize(4);
        assertThat(manifest.getPreprocessingSha256()).isNull();
    }

    private SnapshotManifest trainAndServe(ModelConfig model, WholeLoop.Source source) throws Exception {
        String[] settings = {"POLICY__ENCODER_LEARNING_RATE=1e-3", "REPLAY__CAPACITY=20", "REPLAY__PER_BATCH=4"};
        try (WholeLoop loop = new WholeLoop(directory, model, source)) {
            SnapshotManifest manifest;
            List<String> replayed;
            try (LearnerParts parts = loop.open(settings)) {
                train(loop, parts);
                manifest = loop.proveAndServe(parts);
                replayed = ids(parts);
            }
            try (LearnerParts resumed = loop.open(settings)) {
                assertThat(resumed.learner().status().position()).isEqualTo(BATCHES);
                assertThat(ids(resumed)).isNotEmpty().isEqualTo(replayed); // prepared again from what came in
            }
            return manifest;
        }
    }

    private static void train(WholeLoop loop, LearnerParts parts) throws Exception {
        parts.policy().enterThread();
        for (int b = 0; b < BATCHES; b++) {
            parts.learner().apply(loop.batch(b, WholeLoop.BATCH * b));
        }
        parts.checkpoints().writeNow(parts.learner());

        assertThat(parts.learner().status().steps()).isEqualTo(BATCHES);
        assertThat(parts.learner().status().windowAccuracy()).isGreaterThan(0.7); // a coin would have 0.5
    }

    private static List<String> ids(LearnerParts parts) {
        return parts.learner().replayed().stream()
                .map(sample -> sample.sample().getId())
                .toList();
    }

    /** Dark images with a bright upper or lower half. */
    static AcceptedSample image(int number) throws IOException {
        BufferedImage image = new BufferedImage(10, 12, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(number);
        boolean isUpper = number % 2 == 0;
        for (int y = 0; y < 12; y++) {
            for (int x = 0; x < 10; x++) {
                int level = random.nextInt(60) + (y < 6 == isUpper ? 180 : 0);
                image.setRGB(x, y, isUpper ? level << 16 : level);
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        AcceptedSample sample = sample(number);
        sample.setImage(ByteBuffer.wrap(png.toByteArray()));
        return sample;
    }

    /** Vectors around two centres. */
    static AcceptedSample features(int number) {
        float[] values = new float[NumberEncoders.FEATURES];
        Random random = new Random(number);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.5f + (number % 2 == 0 ? 1 : -1) * (i % 2);
        }
        AcceptedSample sample = sample(number);
        sample.setFeatures(new EncoderInput.Features(values).littleEndian());
        return sample;
    }

    private static AcceptedSample sample(int number) {
        return new AcceptedSample(
                "sample-" + number,
                Instant.ofEpochMilli(number),
                Instant.ofEpochMilli(number),
                number % 2 == 0 ? "even" : "odd",
                null,
                null,
                null,
                0,
                (long) number);
    }
}
