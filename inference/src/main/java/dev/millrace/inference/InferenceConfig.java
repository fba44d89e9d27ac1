package dev.millrace.inference;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Range;
import dev.millrace.inference.encoder.ModelConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Everything that can be set; {@code inference.yaml} holds each key with its default and reason. Immutable.
 *
 * @param instance name in {@code serving-status}; must differ between instances; empty = host name and port
 * @param kafka brokers and schema registry
 * @param model base model, which is version 0; the same values as in the trainer
 * @param snapshot where snapshots come from
 * @param http the API
 * @param encode the encoding stage
 */
public record InferenceConfig(
        String instance, KafkaConfig kafka, ModelConfig model, Snapshot snapshot, Http http, Encode encode) {
    /**
     * Where snapshots come from.
     *
     * @param store directory that the trainer writes its blobs to
     */
    public record Snapshot(Path store) {}

    /**
     * The API.
     *
     * @param host address of the interface that is listened on
     * @param port 0 = any free port
     * @param maxBodyBytes longest request body
     * @param maxInputs most inputs in one request
     * @param stopTimeout how long a stop waits for requests in flight
     */
    public record Http(
            String host,
            @Range(min = 0, max = 65535) int port,
            @Range(min = 1024, max = 1 << 30) int maxBodyBytes,
            @Range(min = 1, max = 100_000) int maxInputs,
            @Range(min = 0, max = 3600) Duration stopTimeout) {}

    /**
     * The encoding stage.
     *
     * @param threads encoder threads; 0 = one for each core
     * @param queueTexts most inputs that wait; more get 429
     * @param batchTexts most inputs that one thread takes at once
     */
    public record Encode(
            @Range(min = 0, max = 1024) int threads,
            @Range(min = 1, max = 10_000_000) int queueTexts,
            @Range(min = 1, max = 4096) int batchTexts) {}
}
