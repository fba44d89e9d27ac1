package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.Sha256;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.policy.TrainedTensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model is a pure function of base, settings and log prefix: interrupted or not, the bits are the same. */
class LearnerRestartTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    @TempDir
    Path directory;

    /** With accumulation the restart falls between two gathered gradients. */
    @ParameterizedTest
    @CsvSource({"ACCUMULATE, 1", "ACCUMULATE, 3", "LORA__RANK, 4"})
    void continuesBitIdenticallyAfterARestart(String key, String value) throws Exception {
        Map<String, String> recipe = Map.of("TRAINER_POLICY__" + key, value);
        try (EncoderFiles files = EncoderFiles.read(Encoders.miniLm())) {
            List<PreparedBatch> log = Encoders.batches(files, 8, 4);

            String undisturbed = train(config("undisturbed", recipe), files, log);
            String firstHalf = train(config("interrupted", recipe), files, log.subList(0, 5));
            String interrupted = train(config("interrupted", recipe), files, log.subList(5, 8));

            assertThat(interrupted).isEqualTo(undisturbed).isNotEqualTo(firstHalf);
        }
    }

    @Test
    void refusesACheckpointOfOtherSettings() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(Encoders.miniLm())) {
            train(config("c", Map.of()), files, Encoders.batches(files, 2, 4));
            TrainerConfig other = config("c", Map.of("TRAINER_POLICY__HEAD_LEARNING_RATE", "0.5"));

            assertThatThrownBy(() -> LearnerParts.restore(other, files, CLOCK))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("policy.headLearningRate was 0.003, is 0.5. Restore");
        }
    }

    /** Goes on from the checkpoint there is, applies the entries, checkpoints; digest of everything that is learnt. */
    private static String train(TrainerConfig config, EncoderFiles files, List<PreparedBatch> entries)
            throws Exception {
        try (LearnerParts parts = LearnerParts.restore(config, files, CLOCK)) {
            parts.policy().enterThread();
            entries.forEach(parts.learner()::apply);
            parts.checkpoints().writeNow(parts.learner());
            MessageDigest digest = Sha256.newDigest();
            for (TrainedTensor tensor : parts.policy().trained()) {
                for (FloatBuffer values : List.of(tensor.values(), tensor.first(), tensor.second())) {
                    digest.update(new TensorCopies().copy(tensor.name(), values));
                }
            }
            return Sha256.hex(digest) + " " + parts.learner().status().position() + " "
                    + parts.learner().metrics() + " " + parts.learner().sourceRanges();
        }
    }

    private TrainerConfig config(String name, Map<String, String> further) {
        Map<String, String> environment = new HashMap<>(further);
        environment.put("TRAINER_CHECKPOINT__DIRECTORY", directory.resolve(name).toString());
        environment.put("TRAINER_POLICY__THREADS", "1");
        environment.put("TRAINER_REPLAY__CAPACITY", "6");
        environment.put("TRAINER_REPLAY__PER_BATCH", "2");
        return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.empty(), "TRAINER", environment);
    }
}
