package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.trainer.learn.CheckpointWriter;
import dev.millrace.trainer.learn.PreparedBatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointRetryTest {
    @TempDir
    private Path directory;

    @Test
    void writesAgainWhatTheDiskRefusedAndTellsOfItOnce() throws Exception {
        Path checkpoints = directory.resolve("checkpoints");
        TrainerConfig config = Configs.of(checkpoints, List.of("CHECKPOINT__EVERY=1ms", "POLICY__FREEZE=[]"));
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory));
                LearnerParts parts = LearnerParts.restore(config, files, InstantSource.fixed(Instant.EPOCH))) {
            parts.policy().enterThread();
            parts.learner()
                    .apply(new PreparedBatch(0, List.of(LearnerParts.prepare(files, InputKindsTest.features(0)))));
            CheckpointWriter writer = parts.checkpoints();
            Files.delete(checkpoints.resolve("lock"));
            Files.delete(checkpoints);

            writer.writeInBackground(parts.learner());
            await().until(() -> writer.trouble().isPresent());
            assertThat(writer.trouble().orElseThrow()).contains("checkpoint of position 1 cannot be written");
            assertThat(writer.durablePosition()).isEmpty();
            Files.createDirectory(checkpoints);
            await().until(() -> writer.isDue(parts.learner()));
            writer.writeInBackground(parts.learner());

            await().until(() -> writer.durablePosition().equals(OptionalLong.of(1)));
            assertThat(writer.durablePosition()).isEmpty();
            assertThat(writer.trouble()).isEmpty();
            assertThat(writer.isDue(parts.learner())).isFalse();
        }
    }
}
