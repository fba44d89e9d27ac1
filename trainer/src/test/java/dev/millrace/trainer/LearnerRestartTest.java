package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.Sha256;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.policy.TrainedTensor;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model is a pure function of base, settings and log prefix: interrupted or not, the bits are the same. */
class LearnerRestartTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    /** With accumulation the restart falls between two gathered gradients. */
    @ParameterizedTest
    @CsvSource({"ACCUMULATE, 1", "ACCUMULATE, 3", "LORA__RANK, 4"})
    void continuesBitIdenticallyAfterARestart(String key, String value) throws Exception {
        String recipe = "POLICY__" + key + "=" + value;
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
            train(config("c"), files, Encoders.batches(files, 2, 4));
            TrainerConfig other = config("c", "POLICY__HEAD_LEARNING_RATE=0.5");

            assertThatThrownBy(() -> LearnerParts.restore(other, files, CLOCK))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("policy.headLearningRate was 0.003, is 0.5. Restore");
        }
    }

    /** Two training threads have threads of their own, which show what is still open. */
    @Test
    void leavesNothingOpenWhenItRefusesACheckpoint() throws Exception {
        String[] recipe = {"POLICY__THREADS=2", "POLICY__FREEZE=[]"};
        String[] other = {"POLICY__THREADS=2", "POLICY__FREEZE=[]", "SEED=4711"};
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory))) {
            train(config("c", recipe), files, List.of(batch(files)));
            Set<Thread> before = Thread.getAllStackTraces().keySet();

            assertThatThrownBy(() -> LearnerParts.restore(config("c", other), files, CLOCK))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("seed was ");

            Set<Thread> opened = new HashSet<>(Thread.getAllStackTraces().keySet());
            opened.removeAll(before);
            opened.removeIf(thread -> !thread.getName().startsWith("millrace-"));
            for (Thread thread : opened) {
                thread.join(PATIENCE.toMillis());
            }
            assertThat(opened).noneMatch(Thread::isAlive);
            LearnerParts.restore(config("c", recipe), files, CLOCK).close();
        }
    }

    /** Its verdict may have been broken off, and nothing that comes later would bring another. */
    @Test
    void theLastVersionCanBePublishedAgainWithoutAnythingNew() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory))) {
            TrainerConfig config = config("c", "POLICY__FREEZE=[]");
            train(config, files, List.of(batch(files)));

            try (LearnerParts parts = LearnerParts.restore(config, files, CLOCK)) {
                parts.policy().enterThread();

                assertThat(SnapshotCapturer.canCapture(parts.learner())).isTrue();
                SnapshotCapture again = new SnapshotCapturer(parts.policy()).capture(parts.learner());
                assertThat(again.version()).isEqualTo(1);
                assertThat(again.probe().inputs()).hasSize(1);
            }
        }
    }

    private static PreparedBatch batch(EncoderFiles files) {
        return new PreparedBatch(0, List.of(LearnerParts.prepare(files, InputKindsTest.features(0))));
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

    private TrainerConfig config(String name, String... settings) {
        return Configs.of(directory.resolve(name), List.of("REPLAY__CAPACITY=6", "REPLAY__PER_BATCH=2"), settings);
    }
}
