package dev.millrace.verify;

import dev.millrace.contract.Sha256;
import dev.millrace.schemas.CheckpointHeader;
import dev.millrace.trainer.learn.Checkpoint;
import dev.millrace.trainer.learn.CheckpointConfig;
import dev.millrace.trainer.learn.CheckpointDirectory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a learner is after a log, for comparison. Immutable.
 *
 * @param header everything but the float values, without the time at which it was written
 * @param weightsSha256 of every trained value with its moments, in file order
 */
record LearnedState(CheckpointHeader header, String weightsSha256) {
    private static final int KEEP = 3;

    /** The state in the newest checkpoint of a trainer that has stopped. */
    static LearnedState newest(Path directory) {
        CheckpointConfig config = new CheckpointConfig(directory, Duration.ofDays(1), KEEP);
        try (CheckpointDirectory checkpoints = CheckpointDirectory.open(config)) {
            return of(checkpoints.newest().orElseThrow());
        }
    }

    private static LearnedState of(Checkpoint checkpoint) {
        CheckpointHeader header = CheckpointHeader.newBuilder(checkpoint.header())
                .setAt(Instant.EPOCH)
                .build();
        int bytes = checkpoint.tensors().stream()
                .mapToInt(tensor -> 3 * tensor.values().remaining())
                .sum();
        ByteBuffer all = ByteBuffer.allocate(bytes);
        for (Checkpoint.TensorState tensor : checkpoint.tensors()) {
            all.put(tensor.values().duplicate());
            all.put(tensor.first().duplicate());
            all.put(tensor.second().duplicate());
        }
        return new LearnedState(header, Sha256.of(all.flip()));
    }

    /** Next offset of the training log. */
    long position() {
        return header.getPosition();
    }

    /** What differs, in words; empty when nothing does. */
    List<String> differences(LearnedState other) {
        List<String> differences = new ArrayList<>();
        compare(differences, "weights and optimizer state", weightsSha256, other.weightsSha256);
        compare(differences, "output set", header.getOutputSet(), other.header.getOutputSet());
        compare(differences, "position", header.getPosition(), other.header.getPosition());
        compare(differences, "steps", header.getSteps(), other.header.getSteps());
        compare(differences, "batches", header.getBatches(), other.header.getBatches());
        compare(differences, "samples", header.getSamples(), other.header.getSamples());
        if (differences.isEmpty() && !header.equals(other.header)) {
            differences.add("replay, scores or lineage differ");
        }
        return differences;
    }

    private static void compare(List<String> differences, String what, Object one, Object other) {
        if (!one.equals(other)) {
            differences.add(what + ": " + one + " and " + other);
        }
    }
}
