package dev.millrace.trainer.learn;

import dev.millrace.contract.Range;
import java.nio.file.Path;
import java.time.Duration;

/**
 * When the learner's state is made durable, and where.
 *
 * @param directory owned by one trainer
 * @param every a checkpoint is due after this time since the last one, if at least one batch was applied; more often costs
 *     disk writes, less often costs training again after a crash, never samples
 * @param keep newest files that stay
 */
public record CheckpointConfig(
        Path directory,
        Duration every,
        @Range(min = 1, max = 1000) int keep) {}
