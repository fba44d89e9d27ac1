package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.load.LoadResult;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.SnapshotInput;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.trainer.ingest.SampleInput;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.PreparedSample;
import dev.millrace.trainer.snapshot.ParityProof;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import dev.millrace.trainer.snapshot.SnapshotRecipe;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoders of images and of feature vectors are trained, proven, stored and served like those of texts. */
class InputKindsTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    @TempDir
    private Path directory;

    @Test
    void imagesGoThroughTheWholeLoop() throws Exception {
        SnapshotManifest manifest = trainAndServe(NumberEncoders.images(directory), InputKindsTest::image);

        assertThat(manifest.getInput()).isEqualTo(SnapshotInput.IMAGE);
        assertThat(manifest.getProbe().getImages()).hasSize(4);
        assertThat(manifest.getPreprocessingSha256()).isNotNull();
        assertThat(manifest.getTokenizerSha256()).isNull();
        assertThat(new SnapshotLoader(store(), InputKind.TEXT).load(manifest))
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

    /** An accepted sample of one of two classes, which a number tells. */
    interface Source {
        AcceptedSample sample(int number) throws IOException;
    }

    private SnapshotManifest trainAndServe(ModelConfig model, Source source) throws Exception {
        TrainerConfig config = config();
        try (EncoderFiles files = EncoderFiles.read(model)) {
            SnapshotManifest manifest;
            List<String> replayed;
            try (LearnerParts parts = LearnerParts.restore(config, files, CLOCK)) {
                train(parts, batches(files, source, 12));
                manifest = proveAndServe(files, parts, source);
                replayed = ids(parts);
            }
            try (LearnerParts resumed = LearnerParts.restore(config, files, CLOCK)) {
                assertThat(resumed.learner().status().position()).isEqualTo(12);
                assertThat(ids(resumed)).isNotEmpty().isEqualTo(replayed); // prepared again from what came in
            }
            return manifest;
        }
    }

    private static void train(LearnerParts parts, List<PreparedBatch> batches) throws Exception {
        parts.policy().enterThread();
        batches.forEach(parts.learner()::apply);
        parts.checkpoints().writeNow(parts.learner());

        assertThat(parts.learner().status().steps()).isEqualTo(batches.size());
        assertThat(parts.learner().status().windowAccuracy()).isGreaterThan(0.7); // a coin would have 0.5
    }

    private SnapshotManifest proveAndServe(EncoderFiles files, LearnerParts parts, Source source) throws Exception {
        SnapshotCapture capture = new SnapshotCapturer(parts.policy()).capture(parts.learner());
        SnapshotRecipe recipe = new SnapshotRecipe("tiny", "STABLE", config().weightSettings(), 1, "type", "cpu", 16);
        SnapshotBuilder builder = new SnapshotBuilder(store(), files.pooled(), files.preprocessing(), recipe);
        SnapshotManifest manifest = builder.build(capture, 0, Instant.EPOCH);
        try (OrtEncoder challenger = builder.open(capture)) {
            ParityProof proof = ParityProof.of(challenger, capture);
            assertThat(proof.finite()).isTrue();
            assertThat(proof.difference()).isBetween(0.0, 1e-4);
            List<EncoderInput> asked = List.of(SampleInput.of(source.sample(1_000)));
            float[] expected = challenger.encode(asked).embeddings()[0];
            serves(manifest, files.preprocessing().kind(), asked, expected);
        }
        return manifest;
    }

    private static List<String> ids(LearnerParts parts) {
        return parts.learner().replayed().stream()
                .map(sample -> sample.sample().getId())
                .toList();
    }

    private void serves(SnapshotManifest manifest, InputKind kind, List<EncoderInput> asked, float[] expected) {
        LoadResult result = new SnapshotLoader(store(), kind).load(manifest);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        try (EmbeddingModel served = ((LoadResult.Loaded) result).model()) {
            assertThat(served.input()).isEqualTo(kind);
            assertThat(served.encode(asked).embeddings()[0]).containsExactly(expected);
            assertThat(served.encode(asked).probabilities()[0][0]
                            + served.encode(asked).probabilities()[0][1])
                    .isCloseTo(1, within(1e-6f));
        }
    }

    private static List<PreparedBatch> batches(EncoderFiles files, Source source, int count) throws IOException {
        List<PreparedBatch> batches = new ArrayList<>();
        for (int b = 0; b < count; b++) {
            List<PreparedSample> samples = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                samples.add(LearnerParts.prepare(files, source.sample(8 * b + i)));
            }
            batches.add(new PreparedBatch(b, samples));
        }
        return batches;
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

    private FileSnapshotStore store() {
        return new FileSnapshotStore(directory.resolve("store"));
    }

    private TrainerConfig config() {
        Map<String, String> environment = new HashMap<>();
        environment.put(
                "TRAINER_CHECKPOINT__DIRECTORY",
                directory.resolve("checkpoints").toString());
        environment.put("TRAINER_POLICY__THREADS", "1");
        environment.put("TRAINER_POLICY__FREEZE", "[]");
        environment.put("TRAINER_POLICY__ENCODER_LEARNING_RATE", "1e-3");
        environment.put("TRAINER_REPLAY__CAPACITY", "20");
        environment.put("TRAINER_REPLAY__PER_BATCH", "4");
        return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.empty(), "TRAINER", environment);
    }
}
