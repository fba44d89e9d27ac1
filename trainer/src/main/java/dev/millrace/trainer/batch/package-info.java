/**
 * Records of the samples topic come in; training batches, holdout samples and dead letters go out, each record exactly
 * once.
 *
 * <p>A Kafka Streams topology under {@code exactly_once_v2}. Invariants:
 *
 * <ul>
 *   <li>Every record of the samples topic ends in exactly one of: a batch, the holdout, dead-letters, the duplicates
 *       counter. {@link dev.millrace.trainer.batch.IngestCounts} adds up to the records read.
 *   <li>An id is judged on one partition only, the one where the default partitioner puts it. A record that a producer put
 *       elsewhere takes one hop through an internal topic keyed by id.
 *   <li>Whatever is not yet written out (the open batch, the ids seen, the counts) lives in state stores with a changelog,
 *       written in the same transaction as the output and the input position. Processors keep no other truth: their
 *       {@code init} rebuilds everything from the stores.
 * </ul>
 *
 * <p>Processors belong to their stream thread. {@link dev.millrace.trainer.batch.BatchFormer} is thread-safe.
 */
@NullMarked
package dev.millrace.trainer.batch;

import org.jspecify.annotations.NullMarked;
