package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A trained tensor with its AdamW moments.
 *
 * @param name initializer name, or name of an adapter's factor
 * @param shape of the tensor
 * @param values weights, position 0 to limit; so are the others
 * @param first first moment
 * @param second second moment
 * @param gathered sum of the gradients that wait for an update; null when none do
 */
public record TrainedTensor(
        String name,
        long[] shape,
        FloatBuffer values,
        FloatBuffer first,
        FloatBuffer second,
        @Nullable FloatBuffer gathered) {}
