package dev.millrace.trainer.learn;

/**
 * A place in the training log.
 *
 * @param partition the model's partition of the batches topic
 * @param offset next entry to apply
 */
public record LogPosition(int partition, long offset) {}
