package dev.millrace.trainer.judge;

/**
 * What one version makes of one sample; the arrays are not modified by anyone.
 *
 * @param embedding L2-normalised, {@code [dimension]}
 * @param probabilities of the version's own head, {@code [classes]}; empty where it has none
 */
record EncodedSample(float[] embedding, float[] probabilities) {}
