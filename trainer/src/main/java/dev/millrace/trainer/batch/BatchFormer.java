package dev.millrace.trainer.batch;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import dev.millrace.trainer.ingest.RegistryAccess;
import java.util.Optional;

/**
 * Turns the samples topic into a model's training log, for as long as it is open. Several instances, also in other
 * processes, share the partitions of the samples topic.
 *
 * <p>Brokers, topics or a schema registry that are missing, at the start or later, are waited for; {@link #health} says so.
 * Thread-safe. Closed by the one who started it.
 */
public final class BatchFormer implements AutoCloseable {
    /**
     * Largest dead letter in bytes, and the {@code max.message.bytes} that the dead-letters topic should have: room for any
     * record that a samples topic takes with Kafka's defaults, and more. With a smaller topic the bytes of a larger record
     * stay behind in the samples topic, and the dead letter says where.
     */
    public static final int DEAD_LETTER_MAX_BYTES = 8 << 20;

    /** Upper bound of a sample's serialised form, texts and features left out. */
    private static final int SAMPLE_FRAME_BYTES = 200;

    private static final int BYTES_PER_CHAR = 4;

    private final InstanceDirectory directory;
    private final RegistryAccess registry;
    private final FormerLoop loop;

    private BatchFormer(InstanceDirectory directory, RegistryAccess registry, FormerLoop loop) {
        this.directory = directory;
        this.registry = registry;
        this.loop = loop;
    }

    /**
     * Starts a batch former and returns at once; it begins to read when everything it needs is there.
     *
     * @throws StartupException when the configuration contradicts itself or the state directory cannot be used
     */
    public static BatchFormer start(KafkaConfig kafka, FormedModel model, IngestConfig ingest, BatchConfig batch) {
        if (!BatchConfig.isLegalName(model.name())) {
            throw new StartupException("model must be 1 to 100 letters, digits, dots, dashes or underscores, was \""
                    + model.name() + "\"");
        }
        checkLargestSample(model.input(), ingest, batch);
        String applicationId = kafka.topicPrefix() + batch.applicationId() + "-" + model.name();
        InstanceDirectory directory = InstanceDirectory.open(batch.stateDirectory(), applicationId);
        RegistryAccess registry = RegistryAccess.open(kafka);
        FormerLoop loop = FormerLoop.start(
                applicationId,
                StreamsSettings.of(kafka, batch, applicationId, directory),
                new TopicCheck(kafka.topics(), batch.partition()),
                topics -> FormerTopology.build(
                        new FormerSpec(
                                model,
                                kafka.topics(),
                                ingest,
                                batch,
                                topics.samplePartitions(),
                                topics.deadLetterMaxBytes()),
                        FormerStores.inMemoryAndOnDisk(),
                        registry));
        return new BatchFormer(directory, registry, loop);
    }

    /** How it is doing at this moment. */
    public FormerHealth health() {
        Optional<FormerHealth> registryFault =
                registry.waitingFor().map(cause -> new FormerHealth(FormerHealth.State.WAITING_FOR_REGISTRY, cause));
        FormerHealth loopHealth = loop.health();
        boolean isOver =
                loopHealth.state() == FormerHealth.State.CLOSED || loopHealth.state() == FormerHealth.State.FAILED;
        return isOver ? loopHealth : registryFault.orElse(loopHealth);
    }

    /** What became of the records so far. While partitions move between instances, the last known figures. */
    public IngestCounts counts() {
        return loop.counts();
    }

    /** Stops reading, commits, and leaves the group, so that other instances take over at once. */
    @Override
    public void close() {
        registry.close(); // ends the waiting of stream threads, which could not stop otherwise
        loop.close();
        directory.close();
    }

    private static void checkLargestSample(InputRule input, IngestConfig ingest, BatchConfig batch) {
        long largest = SAMPLE_FRAME_BYTES
                + largestInput(input, ingest)
                + (long) BYTES_PER_CHAR * (ingest.maxIdChars() + ingest.maxLabelChars());
        if (largest > batch.maxBytes()) {
            throw new StartupException("batch.maxBytes is " + batch.maxBytes() + ", but one sample may take " + largest
                    + " bytes by ingest.maxTextChars, maxImageBytes, maxIdChars and maxLabelChars or the model's features;"
                    + " raise the one or lower the others");
        }
    }

    private static long largestInput(InputRule input, IngestConfig ingest) {
        if (input instanceof InputRule.Features features) {
            return (long) Float.BYTES * features.dimension();
        }
        return input instanceof InputRule.Images
                ? ingest.maxImageBytes()
                : (long) BYTES_PER_CHAR * ingest.maxTextChars();
    }
}
