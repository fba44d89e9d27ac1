package dev.millrace.trainer.learn;

import dev.millrace.contract.Range;

/**
 * Rehearsal of past samples, against forgetting when classes arrive in blocks.
 *
 * @param capacity samples the class-balancing reservoir holds
 * @param perBatch samples replayed beside each batch of new ones, drawn class first; costs time in proportion; 0
 *     switches replay off
 */
public record ReplayConfig(
        @Range(min = 1, max = 1_000_000) int capacity,
        @Range(min = 0, max = 10_000) int perBatch) {}
