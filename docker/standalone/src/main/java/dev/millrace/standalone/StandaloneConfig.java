package dev.millrace.standalone;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.Range;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Pooling;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the standalone process is told beside its data directory. Immutable.
 *
 * <p>{@code standalone.yaml} in the jar has every key with its default.
 *
 * @param brokerPort where Kafka clients connect; 0 takes any free port at the first start and keeps it
 * @param registryPort of the schema registry; 0 as above
 * @param inferencePort of the embeddings API; 0 as above
 * @param trainerPort of the trainer's health and metrics; 0 as above
 * @param samplePartitions partitions of the samples topic, when it is made
 * @param model the pretrained encoder, for trainer and inference service alike
 * @param trainer file with keys of {@code trainer.yaml} to change; what is said here wins over it
 * @param inference file with keys of {@code inference.yaml} to change; what is said here wins over it
 */
public record StandaloneConfig(
        @Range(min = 0, max = 65_535) int brokerPort,
        @Range(min = 0, max = 65_535) int registryPort,
        @Range(min = 0, max = 65_535) int inferencePort,
        @Range(min = 0, max = 65_535) int trainerPort,
        @Range(min = 1, max = 1_000) int samplePartitions,
        Encoder model,
        @Nullable Path trainer,
        @Nullable Path inference) {

    /**
     * A pretrained encoder.
     *
     * @param name in topics and replies
     * @param file plain float32 ONNX; absent takes all-MiniLM-L6-v2, which comes along
     * @param input what it reads
     * @param tokenizer its {@code tokenizer.json}; absent takes the one beside the file
     * @param maxTokens longer texts are cut
     * @param prefix put before each text
     * @param preprocessing its {@code preprocessor_config.json}, which images need
     * @param pooling how what it makes becomes one vector
     * @param output value of the graph that is pooled; empty finds it
     */
    public record Encoder(
            String name,
            @Nullable Path file,
            InputKind input,
            @Nullable Path tokenizer,
            @Range(min = 3, max = 8_192) int maxTokens,
            String prefix,
            @Nullable Path preprocessing,
            Pooling pooling,
            String output) {
        public Encoder {
            if (input == InputKind.IMAGE && preprocessing == null) {
                throw new IllegalArgumentException("input IMAGE needs preprocessing, a preprocessor_config.json");
            }
            if (input != InputKind.TEXT && file == null) {
                throw new IllegalArgumentException(
                        "input " + input + " needs file: the encoder that comes along reads TEXT");
            }
        }
    }

    /** Shipped defaults, then the user's file, then variables that start with {@code STANDALONE_}. */
    public static StandaloneConfig load(Optional<Path> userFile, Map<String, String> environment) {
        return ConfigLoader.load(StandaloneConfig.class, "standalone.yaml", userFile, "STANDALONE", environment);
    }
}
