package dev.millrace.trainer;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.Sha256;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.policy.TrainedTensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A process of its own: trains all of MiniLM, word embeddings too, on a short log and prints a digest of all it learnt. */
final class DeterminismRun {
    static final String ANSWER = "digest ";
    private static final int BATCHES = 4;
    private static final int SIZE = 6;

    private DeterminismRun() {}

    /** Arguments: number of threads, precision, an empty directory. */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> environment = Map.of(
                "TRAINER_CHECKPOINT__DIRECTORY",
                Path.of(arguments[2]).toString(),
                "TRAINER_POLICY__THREADS",
                arguments[0],
                "TRAINER_POLICY__PRECISION",
                arguments[1],
                "TRAINER_POLICY__FREEZE",
                "",
                "TRAINER_POLICY__ENCODER_LEARNING_RATE",
                "1e-3",
                "TRAINER_REPLAY__PER_BATCH",
                "2");
        TrainerConfig config =
                ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.empty(), "TRAINER", environment);
        try (EncoderFiles files = EncoderFiles.read(Encoders.miniLm());
                LearnerParts parts = LearnerParts.restore(config, files, InstantSource.fixed(Instant.EPOCH))) {
            parts.policy().enterThread();
            for (PreparedBatch batch : Encoders.batches(files, BATCHES, SIZE)) {
                parts.learner().apply(batch);
            }
            MessageDigest digest = Sha256.newDigest();
            TensorCopies copies = new TensorCopies();
            for (TrainedTensor tensor : parts.policy().trained()) {
                for (FloatBuffer values : List.of(tensor.values(), tensor.first(), tensor.second())) {
                    digest.update(copies.copy(tensor.name(), values));
                }
            }
            System.out.println(ANSWER + parts.policy().steps() + " "
                    + parts.policy().trained().size() + " " + Sha256.hex(digest));
        }
    }
}
