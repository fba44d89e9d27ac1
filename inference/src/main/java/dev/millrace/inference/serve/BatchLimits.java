package dev.millrace.inference.serve;

/**
 * Size of the encoding stage. Immutable.
 *
 * @param threads encoder threads, each of which uses one core
 * @param queueTexts most texts that wait; more are answered with 429
 * @param batchTexts most texts that one thread takes at once
 */
public record BatchLimits(int threads, int queueTexts, int batchTexts) {}
