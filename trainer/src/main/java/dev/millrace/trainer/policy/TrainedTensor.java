package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;

/**
 * A trained tensor with its AdamW moments.
 *
 * @param name initializer name
 * @param shape of the tensor
 * @param values weights, position 0 to limit; so are the moments
 * @param first first moment
 * @param second second moment
 */
public record TrainedTensor(String name, long[] shape, FloatBuffer values, FloatBuffer first, FloatBuffer second) {}
