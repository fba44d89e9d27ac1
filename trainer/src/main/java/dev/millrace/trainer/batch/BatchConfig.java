package dev.millrace.trainer.batch;

import dev.millrace.contract.Range;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * When a batch is closed and how the batch former runs. Immutable.
 *
 * @param size samples in a full batch, 1 to 4096, default 16. Larger batches mean fewer, smoother steps and a longer wait
 *     under low traffic
 * @param maxWait an incomplete batch is closed when its oldest sample has waited this long; 10 ms to 1 h, default 1 s. With
 *     several partitions each has its own open batch
 * @param maxBytes largest batch in serialised bytes, 1000 to 8,000,000, default 900,000, which stays under the limits of an
 *     untouched broker (1 MB). A larger value needs {@code max.message.bytes} of the batches topic to be raised
 * @param partition partition of the batches topic that is this model's training log, default 0
 * @param threads stream threads, 1 to 64, default 1. More than the samples topic has partitions are of no use
 * @param applicationId name of the Streams application, its consumer group and its internal topics, default {@code former};
 *     the topic prefix is put before it and the model's name behind it. Another value starts a new former that reads the
 *     samples topic from its beginning
 * @param stateDirectory local directory for state that is also kept in Kafka, default {@code data/former}. Losing it costs
 *     a restore, not data. One process at a time
 * @param groupProtocol default CLASSIC. Keep it for the life of an application id
 */
public record BatchConfig(
        @Range(min = 1, max = 4096) int size,
        @Range(min = 0.01, max = 3600) Duration maxWait,
        @Range(min = 1_000, max = 8_000_000) int maxBytes,
        @Range(min = 0) int partition,
        @Range(min = 1, max = 64) int threads,
        String applicationId,
        Path stateDirectory,
        GroupProtocol groupProtocol) {

    private static final Pattern LEGAL_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");

    public BatchConfig {
        if (!isLegalName(applicationId)) {
            throw new IllegalArgumentException(
                    "applicationId must match " + LEGAL_NAME + ", was \"" + applicationId + "\"");
        }
    }

    /** The documented defaults, with the given state directory. */
    public static BatchConfig defaults(Path stateDirectory) {
        return new BatchConfig(
                16, Duration.ofSeconds(1), 900_000, 0, 1, "former", stateDirectory, GroupProtocol.CLASSIC);
    }

    /** Whether the name can be part of a Kafka topic's name. */
    static boolean isLegalName(String name) {
        return LEGAL_NAME.matcher(name).matches();
    }
}
