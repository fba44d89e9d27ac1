package dev.millrace.inference;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Range;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.load.BaseModel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Everything that can be set; {@code inference.yaml} holds each key with its default and reason. Immutable.
 *
 * @param instance name in {@code serving-status}; must differ between instances; empty = host name and port
 * @param kafka brokers and schema registry
 * @param model base model, which is version 0
 * @param snapshot where snapshots come from
 * @param http the API
 * @param encode the encoding stage
 */
public record InferenceConfig(
        String instance, KafkaConfig kafka, Model model, Snapshot snapshot, Http http, Encode encode) {
    /**
     * The base model; the same values as in the trainer.
     *
     * @param name key of its promotions, and {@code model} of the API
     * @param file plain float32 ONNX encoder
     * @param tokenizer {@code tokenizer.json} that belongs to it
     * @param maxTokens longest input in tokens, special tokens included; longer texts are cut
     * @param pooling how token vectors become an embedding
     */
    public record Model(
            String name,
            Path file,
            Path tokenizer,
            @Range(min = 3, max = 8192) int maxTokens,
            Pooling pooling) {
        public Model {
            if (name.isBlank() || name.contains(":")) {
                throw new IllegalArgumentException(
                        "name must not be blank and must hold no colon, was \"" + name + "\"");
            }
        }

        BaseModel base() {
            return new BaseModel(file, tokenizer, maxTokens, pooling);
        }
    }

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
     * @param maxInputs most texts in one request
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
     * @param queueTexts most texts that wait; more get 429
     * @param batchTexts most texts that one thread takes at once
     */
    public record Encode(
            @Range(min = 0, max = 1024) int threads,
            @Range(min = 1, max = 10_000_000) int queueTexts,
            @Range(min = 1, max = 4096) int batchTexts) {}
}
