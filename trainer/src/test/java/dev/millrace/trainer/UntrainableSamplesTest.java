package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ConfigLoader;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples that pass every check of the batch former and still cannot be trained cost nobody but themselves. */
class UntrainableSamplesTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    @TempDir
    private Path directory;

    @Test
    void leavesOutASampleThatOverflowsAndTrainsItsNeighbours() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory, "Relu"));
                LearnerParts parts = LearnerParts.restore(config(Map.of()), files, CLOCK)) {
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
                LearnerParts parts = LearnerParts.restore(config(Map.of()), files, CLOCK)) {
            parts.policy().enterThread();

            parts.learner().apply(batch(files, 0, overflowing(), InputKindsTest.features(1)));

            assertThat(labels(parts.learner().lastSamples())).containsExactly("odd");
        }
    }

    @Test
    void replaysNoLabelBeyondTheLargestHead() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory));
                LearnerParts parts =
                        LearnerParts.restore(config(Map.of("TRAINER_POLICY__MAX_CLASSES", "2")), files, CLOCK)) {
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

    private TrainerConfig config(Map<String, String> further) {
        Map<String, String> environment = new HashMap<>(further);
        environment.put(
                "TRAINER_CHECKPOINT__DIRECTORY",
                directory.resolve("checkpoints").toString());
        environment.put("TRAINER_POLICY__THREADS", "1");
        environment.put("TRAINER_POLICY__FREEZE", "[]");
        environment.put("TRAINER_REPLAY__CAPACITY", "20");
        environment.put("TRAINER_REPLAY__PER_BATCH", "4");
        return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.empty(), "TRAINER", environment);
    }
}
