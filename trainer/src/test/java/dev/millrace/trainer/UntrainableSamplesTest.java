package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.PreparedSample;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples that pass every check of the batch former and still cannot be trained cost nobody but themselves. */
class UntrainableSamplesTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    private static final List<String> COMMON =
            List.of("POLICY__FREEZE=[]", "REPLAY__CAPACITY=20", "REPLAY__PER_BATCH=4");

    @TempDir
    private Path directory;

    @Test
    void leavesOutASampleThatOverflowsAndTrainsItsNeighbours() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory, "Relu"));
                LearnerParts parts = LearnerParts.restore(config(), files, CLOCK)) {
            parts.policy().enterThread();
            Learner learner = parts.learner();

            learner.apply(batch(files, 0, InputKindsTest.features(0), overflowing(), InputKindsTest.features(1)));
            for (int offset = 1; offset < 6; offset++) {
                learner.apply(batch(files, offset, InputKindsTest.features(3), InputKindsTest.features(4)));
            }

            assertThat(learner.status().steps()).isEqualTo(6);
            assertThat(learner.status().samples()).isEqualTo(13);
            assertThat(learner.metrics()).containsEntry("refused." + Learner.NON_FINITE_OUTPUT, 1.0);
            assertThat(learner.labels()).containsExactly("even", "odd");
            assertThat(labels(learner.replayed())).containsOnly("even", "odd");
        }
    }

    @Test
    void probesNoSnapshotWithASampleThatOverflows() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory, "Relu"));
                LearnerParts parts = LearnerParts.restore(config(), files, CLOCK)) {
            parts.policy().enterThread();

            parts.learner().apply(batch(files, 0, overflowing(), InputKindsTest.features(1)));

            assertThat(labels(parts.learner().lastSamples())).containsExactly("odd");
        }
    }

    /** All zeros have an embedding like others, but the root in it has no slope there. */
    @Test
    void costsOneStepWhereTheEmbeddingIsFiniteAndTheGradientIsNot() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.lengths(directory));
                LearnerParts parts = LearnerParts.restore(config(), files, CLOCK)) {
            parts.policy().enterThread();
            Learner learner = parts.learner();

            learner.apply(batch(files, 0, InputKindsTest.features(0), InputKindsTest.features(1)));
            learner.apply(batch(files, 1, InputKindsTest.features(3), zeros(), InputKindsTest.features(2)));
            for (int offset = 2; offset < 8; offset++) {
                learner.apply(batch(files, offset, InputKindsTest.features(4), InputKindsTest.features(5)));
            }

            assertThat(learner.metrics())
                    .containsEntry("refused." + Learner.NON_FINITE_GRADIENT, 1.0)
                    .doesNotContainKey("refused." + Learner.NON_FINITE_OUTPUT);
            assertThat(learner.status().steps()).isEqualTo(7);
            assertThat(learner.status().samples()).isEqualTo(17);
            assertThat(learner.status().batches()).isEqualTo(8);
            assertThat(labels(learner.replayed())).isNotEmpty().containsOnly("even", "odd");
        }
    }

    /** What was trained before may be to blame as well as what is new. */
    @Test
    void keepsNothingInTheReplayThatWasInARefusedStep() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.lengths(directory));
                LearnerParts parts = LearnerParts.restore(config(), files, CLOCK)) {
            parts.policy().enterThread();
            Learner learner = parts.learner();
            learner.apply(batch(files, 0, InputKindsTest.features(0)));
            assertThat(learner.replayed()).hasSize(1);

            learner.apply(batch(files, 1, InputKindsTest.features(1), zeros()));

            assertThat(learner.replayed()).isEmpty();
            assertThat(labels(learner.lastSamples())).containsExactly("odd", "zeros"); // a probe needs no gradient
        }
    }

    @Test
    void replaysNoLabelBeyondTheLargestHead() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory));
                LearnerParts parts = LearnerParts.restore(config("POLICY__MAX_CLASSES=2"), files, CLOCK)) {
            parts.policy().enterThread();
            Learner learner = parts.learner();

            for (int offset = 0; offset < 5; offset++) {
                AcceptedSample further = InputKindsTest.features(100 + offset);
                further.setLabel("further-" + offset);
                learner.apply(
                        batch(files, offset, InputKindsTest.features(2 * offset), InputKindsTest.features(1), further));
            }

            assertThat(learner.labels()).containsExactly("even", "odd");
            assertThat(labels(learner.replayed())).hasSize(10).containsOnly("even", "odd");
            assertThat(learner.metrics()).containsEntry("refused.MISSING_LABEL", 5.0);
        }
    }

    private static AcceptedSample overflowing() {
        AcceptedSample sample = InputKindsTest.features(2);
        sample.setLabel("overflowing");
        float[] largest = new float[NumberEncoders.FEATURES];
        Arrays.fill(largest, Float.MAX_VALUE);
        sample.setFeatures(new EncoderInput.Features(largest).littleEndian());
        return sample;
    }

    private static AcceptedSample zeros() {
        AcceptedSample sample = InputKindsTest.features(2);
        sample.setLabel("zeros");
        sample.setFeatures(new EncoderInput.Features(new float[NumberEncoders.FEATURES]).littleEndian());
        return sample;
    }

    private static List<String> labels(List<PreparedSample> samples) {
        return samples.stream().map(sample -> sample.sample().getLabel()).toList();
    }

    private static PreparedBatch batch(EncoderFiles files, long offset, AcceptedSample... samples) {
        List<PreparedSample> prepared = new ArrayList<>();
        for (AcceptedSample sample : samples) {
            prepared.add(LearnerParts.prepare(files, sample));
        }
        return new PreparedBatch(offset, prepared);
    }

    private TrainerConfig config(String... settings) {
        return Configs.of(directory.resolve("checkpoints"), COMMON, settings);
    }
}
