package dev.millrace.standalone;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.inference.InferenceService;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import dev.millrace.trainer.Trainer;
import dev.millrace.trainer.TrainerConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka, schema registry, trainer and inference service in this process, on one data directory:
 *
 * <pre>
 * broker/            see {@link EmbeddedBroker}
 * checkpoints/       the learner's state
 * former/            the batch former's state, also kept in Kafka
 * snapshots/         tensors and graphs of the published versions
 * trainer.yaml       what the trainer of the last start was told, see {@link #trainerFile}
 * ports.properties   ports that were chosen at the first start
 * </pre>
 *
 * Thread-safe. {@link #close} finishes the running training step; the process must not end before it returns.
 */
public final class Standalone implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Standalone.class);

    /** Started parts, the newest first. */
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private final TrainerConfig config;
    private final Trainer trainer;
    private final InferenceService inference;

    private final CompletableFuture<String> failure = new CompletableFuture<>();

    private Standalone(StandaloneConfig standalone, Path directory, Map<String, String> environment)
            throws InterruptedException {
        var settings = new PartSettings(standalone, directory, environment);
        var ports = KeptPorts.read(directory.resolve("ports.properties"));
        Path brokerDirectory = directory.resolve("broker");
        PortCheck.requireFree(standalone, brokerDirectory, ports);
        try {
            var broker = started(EmbeddedBroker.start(brokerDirectory, standalone.brokerPort()));
            var registry = started(SchemaRegistryServer.start(
                    broker.bootstrapServers(), "127.0.0.1", ports.settle("registry", standalone.registryPort())));
            this.config = settings.trainer(
                    broker.bootstrapServers(), registry.url(), ports.settle("trainer", standalone.trainerPort()));
            new TopicProvisioner(config.kafka()).provisionTraining(standalone.samplePartitions(), 1);
            this.trainer = started(Trainer.start(config));
            keep(config, trainerFile(directory));
            watch(broker);
            this.inference = started(InferenceService.start(settings.inference(
                    config,
                    ports.settle("inference", standalone.inferencePort()),
                    Runtime.getRuntime().availableProcessors())));
        } catch (RuntimeException | InterruptedException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Starts every part and returns when all take work; the model is served a moment later, see {@link #inference}.
     *
     * @param directory made if it is missing; used by one process at a time
     * @param environment where the variables {@code TRAINER_...} and {@code INFERENCE_...} are looked up
     * @throws StartupException when a part cannot start as configured; nothing is left running
     */
    public static Standalone start(StandaloneConfig config, Path directory, Map<String, String> environment)
            throws InterruptedException {
        Path root = directory.toAbsolutePath().normalize();
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new StartupException(
                    "data directory " + root + " cannot be made: " + e + "; choose one that this user may write", e);
        }
        return new Standalone(config, root, environment);
    }

    /** What the trainer of the last start on a data directory was told, as {@code --config} of its commands reads it. */
    public static Path trainerFile(Path directory) {
        return directory.resolve("trainer.yaml");
    }

    private static void keep(TrainerConfig config, Path file) {
        try {
            Files.writeString(
                    file,
                    "# Written at every start, for millrace replay --data-dir; what is changed here changes no training.\n"
                            + ConfigLoader.effectiveYaml(config));
        } catch (IOException e) {
            throw new StartupException(
                    "the trainer's configuration cannot be kept in " + file + ": " + e + "; make it writable", e);
        }
    }

    /** How clients reach broker and registry. */
    public KafkaConfig kafka() {
        return config.kafka();
    }

    /** The encoder that is trained and served. */
    public ModelConfig model() {
        return config.model();
    }

    public Trainer trainer() {
        return trainer;
    }

    public InferenceService inference() {
        return inference;
    }

    /** Base address of the inference service. */
    public URI inferenceAddress() {
        return URI.create("http://127.0.0.1:" + inference.port());
    }

    /** Waits until a part has failed for good, and says why; returns also after {@link #close}. */
    public String awaitFailure() throws InterruptedException {
        try {
            return failure.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("is only ever completed with a value", e);
        }
    }

    /** Stops every part, the newest first; a second call does nothing. */
    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.error(
                        "A part did not stop in order part={}", part.getClass().getSimpleName(), e);
            }
        }
    }

    private void watch(EmbeddedBroker broker) {
        var unused = broker.fatalFault().thenAccept(cause -> failure.complete("Kafka has failed: " + cause));
        var watcher = new Thread(this::watchTrainer, "millrace-watch");
        watcher.setDaemon(true);
        watcher.start();
    }

    private void watchTrainer() {
        try {
            Optional<Throwable> cause = trainer.awaitEnd();
            failure.complete(
                    cause.map(e -> "training has stopped: " + e.getMessage()).orElse("stopped"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private <T extends AutoCloseable> T started(T part) {
        parts.push(part);
        return part;
    }
}
