package dev.millrace.trainer.ingest;

import java.time.Instant;

/**
 * Where a record came from. Immutable.
 *
 * @param topic the samples topic
 * @param partition of that topic
 * @param offset in that partition
 * @param receivedAt timestamp of the record
 */
public record SourcePosition(String topic, int partition, long offset, Instant receivedAt) {}
