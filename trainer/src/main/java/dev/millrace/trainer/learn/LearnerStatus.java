package dev.millrace.trainer.learn;

/**
 * What the learner has done, as of its last step. Immutable; published by the trainer thread for anyone to read.
 *
 * @param position next offset of the training log to apply, which is the version of the weights in memory
 * @param batches log entries applied
 * @param steps optimizer updates made
 * @param samples new samples trained, replayed ones not counted
 * @param classes labels known
 * @param prequentialAccuracy right predictions before training, as a fraction of all samples since the base model; NaN at
 *     first
 * @param windowAccuracy the same over the latest window
 * @param loss of the last step, batch mean
 * @param gradientNorm global norm of the last step before clipping
 * @param refusedSteps steps that were not applied, and rows left out of one, because a number was not finite
 * @param stepMillis duration of the last step
 */
public record LearnerStatus(
        long position,
        long batches,
        long steps,
        long samples,
        int classes,
        double prequentialAccuracy,
        double windowAccuracy,
        double loss,
        double gradientNorm,
        long refusedSteps,
        double stepMillis) {}
