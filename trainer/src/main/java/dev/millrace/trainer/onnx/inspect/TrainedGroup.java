package dev.millrace.trainer.onnx.inspect;

/**
 * Weights whose first reader has the same beginning of its path.
 *
 * @param path up to the first part with a number in it, for example {@code encoder/layer.3}
 * @param tensors weights that train
 * @param values their values
 * @param frozen values of the weights that do not
 */
public record TrainedGroup(String path, int tensors, long values, long frozen) {}
