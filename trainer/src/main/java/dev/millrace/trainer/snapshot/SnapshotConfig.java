package dev.millrace.trainer.snapshot;

import dev.millrace.contract.Range;
import java.nio.file.Path;
import java.time.Duration;

/**
 * When a version is published, and where its tensors go.
 *
 * @param store directory of the content-addressed blobs, shared with every inference instance
 * @param everySteps a version is due after so many log entries since the last one; each makes one step, or several inner
 *     ones, or a part of one that is gathered
 * @param every a version is due after this time since the last one, if at least one entry was applied
 * @param keep published versions that stay listed, the served one not counted; older ones are withdrawn and their blobs
 *     deleted
 */
public record SnapshotConfig(
        Path store,
        @Range(min = 1, max = 1_000_000_000) int everySteps,
        Duration every,
        @Range(min = 1, max = 100_000) int keep) {}
