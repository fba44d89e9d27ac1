package dev.millrace.scenario;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.standalone.cli.MillraceMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One installation of Millrace on one directory, its processes as children at addresses that outlive them:
 *
 * <pre>
 * broker/  snapshots/            shared
 * NAME/checkpoints NAME/former   of the trainer NAME
 * logs/NAME.log
 * </pre>
 *
 * Owned by one thread. Closing it kills every child that still runs; the directory stays.
 */
public final class Installation implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration PLATFORM_START = Duration.ofSeconds(90);
    private static final List<String> SMALL_JVM = List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private static final List<String> ENCODER_JVM = List.of(
            "-Xmx700m",
            "-XX:MaxDirectMemorySize=1g",
            "-XX:+UseSerialGC",
            "-Dai.djl.offline=true",
            "-Djdk.nio.maxCachedBufferSize=262144");

    private final Path directory;
    private final ModelFiles model;
    private final Map<String, String> settings;
    private final int brokerPort;
    private final String bootstrapServers;
    private final int registryPort = FreePort.any();
    private final Map<String, Integer> httpPorts = new HashMap<>();
    private final List<ChildJvm> children = new ArrayList<>();

    /**
     * An installation of which nothing runs yet.
     *
     * @param directory made if it is missing
     * @param settings {@code TRAINER_...} and {@code INFERENCE_...} variables over the shipped configuration, for all
     */
    public Installation(Path directory, ModelFiles model, Map<String, String> settings) {
        this(directory, model, settings, FreePort.any());
    }

    private Installation(Path directory, ModelFiles model, Map<String, String> settings, int brokerPort) {
        this(directory, model, settings, new Brokers(brokerPort, LOOPBACK + ":" + brokerPort));
    }

    private record Brokers(int port, String bootstrapServers) {}

    private Installation(Path directory, ModelFiles model, Map<String, String> settings, Brokers brokers) {
        this.directory = directory.toAbsolutePath().normalize();
        this.model = model;
        this.settings = Map.copyOf(settings);
        this.brokerPort = brokers.port();
        this.bootstrapServers = brokers.bootstrapServers();
        try {
            Files.createDirectories(this.directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An installation on a cluster that is there already; only its registry can be started here, no broker. */
    public static Installation on(Cluster cluster, Path directory, ModelFiles model, Map<String, String> settings) {
        return new Installation(directory, model, settings, new Brokers(0, cluster.bootstrapServers()));
    }

    /** How clients reach broker and registry, whether they run or not. */
    public KafkaConfig kafka() {
        return new KafkaConfig(
                bootstrapServers, "http://" + LOOPBACK + ":" + registryPort, "millrace.", Map.of(), Map.of());
    }

    /** Name of the model, as promotions have it. */
    public String modelName() {
        return "encoder";
    }

    public Path store() {
        return directory.resolve("snapshots");
    }

    /** Checkpoint directory of a trainer. */
    public Path checkpoints(String trainer) {
        return directory.resolve(trainer).resolve("checkpoints");
    }

    /** How a trainer does. */
    public TrainerProbe trainer(String name) {
        return new TrainerProbe(http(name), kafka());
    }

    public HttpProbe http(String instance) {
        return new HttpProbe(URI.create("http://" + LOOPBACK + ":" + httpPort(instance)));
    }

    /** Starts broker and registry in one process and returns when they serve. */
    public ChildJvm startPlatform() throws InterruptedException {
        return startPart(
                "platform", List.of("both", broker(), Integer.toString(brokerPort), Integer.toString(registryPort)));
    }

    /** Starts the broker alone and returns when it serves. */
    public ChildJvm startBroker() throws InterruptedException {
        return startPart("broker", List.of("broker", broker(), Integer.toString(brokerPort)));
    }

    /** Starts the registry alone and returns when it serves. */
    public ChildJvm startRegistry() throws InterruptedException {
        return startPart("registry", List.of("registry", kafka().bootstrapServers(), Integer.toString(registryPort)));
    }

    private String broker() {
        return directory.resolve("broker").toString();
    }

    private ChildJvm startPart(String name, List<String> arguments) throws InterruptedException {
        ChildJvm child = start(new ChildJvm.Spec(name, PlatformMain.class, SMALL_JVM, arguments, Map.of()));
        child.requireLine(PlatformMain.SERVING, PLATFORM_START);
        return child;
    }

    private Map<String, String> trainerSettings(String name) {
        Map<String, String> told = told("TRAINER_", name);
        told.put("TRAINER_CHECKPOINT__DIRECTORY", checkpoints(name).toString());
        told.put(
                "TRAINER_BATCH__STATE_DIRECTORY",
                directory.resolve(name).resolve("former").toString());
        return told;
    }

    /** Starts {@code millrace trainer} and returns at once. */
    public ChildJvm startTrainer(String name) {
        return startTrainer(name, Map.of());
    }

    /** As the other, with further variables for this one. */
    public ChildJvm startTrainer(String name, Map<String, String> more) {
        Map<String, String> told = trainerSettings(name);
        told.putAll(more);
        return start(new ChildJvm.Spec(name, MillraceMain.class, ENCODER_JVM, List.of("trainer"), told));
    }

    /** Starts {@code millrace inference} and returns at once. */
    public ChildJvm startInference(String name) {
        Map<String, String> told = told("INFERENCE_", name);
        told.put("INFERENCE_INSTANCE", name);
        return start(new ChildJvm.Spec(name, MillraceMain.class, ENCODER_JVM, List.of("inference"), told));
    }

    /** Starts any other program, which is killed with the rest. */
    public ChildJvm start(ChildJvm.Spec spec) {
        ChildJvm child = ChildJvm.start(spec, directory.resolve("logs"));
        children.removeIf(one -> !one.isAlive());
        children.add(child);
        return child;
    }

    private Map<String, String> told(String prefix, String name) {
        Map<String, String> told = new HashMap<>(settings);
        told.put("MILLRACE_LOG_LEVEL", "INFO"); // moments are recognised by lines of the log
        told.put(prefix + "KAFKA__BOOTSTRAP_SERVERS", kafka().bootstrapServers());
        told.put(prefix + "KAFKA__REGISTRY_URL", kafka().registryUrl());
        told.put(prefix + "MODEL__NAME", modelName());
        told.put(prefix + "MODEL__FILE", model.onnx().toString());
        told.put(prefix + "MODEL__TOKENIZER", model.tokenizer().toString());
        told.putIfAbsent(prefix + "SNAPSHOT__STORE", store().toString());
        told.put(prefix + "HTTP__PORT", Integer.toString(httpPort(name)));
        return told;
    }

    private int httpPort(String instance) {
        return httpPorts.computeIfAbsent(instance, unused -> FreePort.any());
    }

    @Override
    public void close() {
        children.forEach(ChildJvm::close);
    }
}
