package dev.millrace.trainer.judge;

import dev.millrace.contract.Range;
import dev.millrace.trainer.evaluate.EvaluationConfig;

/**
 * What a verdict is based on. Both sets are embedded by the serving runtime for each published version, so they cost CPU
 * time beside training.
 *
 * @param holdoutSamples newest holdout samples that are asked about
 * @param gallerySamples training samples that the nearest neighbours are looked up in
 * @param evaluation how encoders are scored
 */
public record JudgeConfig(
        @Range(min = 1, max = 100_000) int holdoutSamples,
        @Range(min = 1, max = 100_000) int gallerySamples,
        EvaluationConfig evaluation) {}
