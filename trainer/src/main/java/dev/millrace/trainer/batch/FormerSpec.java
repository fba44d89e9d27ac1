package dev.millrace.trainer.batch;

import dev.millrace.contract.Topics;
import dev.millrace.trainer.ingest.IngestConfig;

/**
 * What a batch former is to do. Immutable.
 *
 * @param model the model whose training log is written
 * @param samplePartitions partitions of the samples topic
 * @param deadLetterMaxBytes largest record that the dead-letters topic takes
 */
record FormerSpec(
        FormedModel model,
        Topics topics,
        IngestConfig ingest,
        BatchConfig batch,
        int samplePartitions,
        int deadLetterMaxBytes) {}
