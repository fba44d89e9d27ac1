package dev.millrace.trainer.learn;

import dev.millrace.schemas.CheckpointHeader;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The learner's whole state at one log position.
 *
 * @param header everything but the float values
 * @param tensors one for each entry of {@code header.tensors}, in that order
 */
public record Checkpoint(CheckpointHeader header, List<TensorState> tensors) {
    public Checkpoint {
        tensors = List.copyOf(tensors);
    }

    /**
     * One trained tensor with its optimizer moments; little-endian float32, position 0 to limit, all of the same length.
     *
     * @param values weights
     * @param first AdamW's first moment
     * @param second AdamW's second moment
     * @param gathered sum of the gradients that wait for an update; null unless {@code header.gathered} is above 0
     */
    public record TensorState(
            ByteBuffer values,
            ByteBuffer first,
            ByteBuffer second,
            @Nullable ByteBuffer gathered) {}
}
