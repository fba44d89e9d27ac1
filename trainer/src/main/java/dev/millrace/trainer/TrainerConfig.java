package dev.millrace.trainer;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Range;
import dev.millrace.contract.Sha256;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.gate.GateConfig;
import dev.millrace.trainer.grpo.GrpoSettings;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.judge.JudgeConfig;
import dev.millrace.trainer.learn.CheckpointConfig;
import dev.millrace.trainer.learn.ReplayConfig;
import dev.millrace.trainer.policy.PolicyConfig;
import dev.millrace.trainer.snapshot.SnapshotConfig;

/**
 * Everything the trainer is told. Read once in main; each part is handed to its room. Immutable.
 *
 * <p>{@code trainer.yaml} in the jar has every key with its unit, default and reason.
 *
 * @param samplePartitions partitions of the samples topic if this process makes it; an existing topic is left as it is
 * @param seed of every random draw: replay, subset groups; part of the recipe
 */
public record TrainerConfig(
        KafkaConfig kafka,
        ModelConfig model,
        @Range(min = 1, max = 10_000) int samplePartitions,
        IngestConfig ingest,
        BatchConfig batch,
        GrpoSettings grpo,
        PolicyConfig policy,
        ReplayConfig replay,
        long seed,
        CheckpointConfig checkpoint,
        SnapshotConfig snapshot,
        JudgeConfig judge,
        GateConfig gate,
        HttpConfig http) {

    public TrainerConfig {
        if (policy.accumulate() > 1 && grpo.resolve().innerSteps() > 1) {
            throw new IllegalArgumentException(
                    "policy.accumulate must be 1 with an objective of more than one inner step,"
                            + " was " + policy.accumulate() + " with "
                            + grpo.resolve().innerSteps()
                            + " inner steps: they repeat a batch on weights that have changed in between");
        }
    }

    /** Where {@code /healthz}, {@code /readyz} and {@code /metrics} answer; port 0 takes a free one. */
    public record HttpConfig(
            String host, @Range(min = 0, max = 65535) int port) {}

    /** Digest of the settings here that shape the weights. */
    public String weightsSha256() {
        return Sha256.of("input=" + model.input() + " maxTokens=" + model.maxTokens() + " prefix=" + model.prefix()
                + " pooling=" + model.pooling() + " output=" + model.output() + " seed=" + seed + " " + grpo + " "
                + policy.recipe() + " " + replay);
    }
}
