package dev.millrace.trainer;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Range;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.gate.GateConfig;
import dev.millrace.trainer.grpo.GrpoSettings;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.judge.JudgeConfig;
import dev.millrace.trainer.learn.CheckpointConfig;
import dev.millrace.trainer.learn.LearnerSettings;
import dev.millrace.trainer.learn.ReplayConfig;
import dev.millrace.trainer.learn.WeightSettings;
import dev.millrace.trainer.policy.PolicyConfig;
import dev.millrace.trainer.snapshot.SnapshotConfig;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

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

    private static final Set<String> READ_BY_THE_ENCODER =
            Set.of("model.input", "model.maxTokens", "model.prefix", "model.pooling", "model.output");
    private static final Set<String> RECORDED_BY_THEMSELVES = Set.of("policy.device", "policy.threads");

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

    /** What the learner is told. */
    public LearnerSettings learnerSettings() {
        return new LearnerSettings(
                grpo.resolve(),
                policy.headScale(),
                replay,
                seed,
                policy.maxClasses(),
                kafka.topics().samples());
    }

    /**
     * The settings here that shape the weights. Left out is what is recorded by itself: threads, and the device that training
     * came to; and what has no effect.
     */
    public WeightSettings weightSettings() {
        SortedMap<String, String> values = new TreeMap<>(ConfigLoader.values("model", model));
        values.keySet().retainAll(READ_BY_THE_ENCODER);
        values.putAll(ConfigLoader.values("grpo", grpo.resolve()));
        values.putAll(ConfigLoader.values("policy", policy));
        values.keySet().removeAll(RECORDED_BY_THEMSELVES);
        if (policy.lora().rank() == 0) {
            values.keySet().removeIf(path -> path.startsWith("policy.lora."));
        }
        values.putAll(ConfigLoader.values("replay", replay));
        values.put("seed", Long.toString(seed));
        return new WeightSettings(values);
    }
}
