package dev.millrace.standalone.broker;

import dev.millrace.contract.StartupException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka node inside this process, on a data directory: one broker that is its own controller. Data, ports and cluster id
 * outlive it. What a client was told to be written outlives a killed process, but not a power cut.
 *
 * <p>Thread-safe. Closed by the one who started it, before or after its clients.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(30);
    private static final Set<EmbeddedBroker> RUNNING = ConcurrentHashMap.newKeySet();

    private final BrokerDirectory directory;
    private final String bootstrapServers;
    private final String clusterId;
    private final KafkaRaftServer server;
    private final CompletableFuture<String> fatalFault = new CompletableFuture<>();
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private EmbeddedBroker(BrokerDirectory directory, BrokerPorts ports, String clusterId, KafkaRaftServer server) {
        this.directory = directory;
        this.bootstrapServers = BrokerSettings.bootstrapServers(ports);
        this.clusterId = clusterId;
        this.server = server;
    }

    /**
     * Starts a broker and returns when it takes requests.
     *
     * @param directory made if it is missing
     * @param preferredPort for Kafka clients; 0 takes the port of the last run, or any free one
     * @throws StartupException when the port is taken, or the directory cannot be written, is in use or is damaged
     */
    public static EmbeddedBroker start(Path directory, int preferredPort) {
        Path root = directory.toAbsolutePath().normalize();
        var opened = BrokerDirectory.open(root);
        try {
            String clusterId = opened.format();
            BrokerPorts ports = BrokerPorts.settle(root, preferredPort);
            return start(opened, ports, clusterId);
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /**
     * The port that {@link #start} would listen on; 0 when it would choose any free one.
     *
     * @throws StartupException when the directory cannot be written, is in use or is damaged
     */
    public static int port(Path directory, int preferredPort) {
        try (var opened = BrokerDirectory.open(directory.toAbsolutePath().normalize())) {
            return BrokerPorts.wanted(opened.root(), preferredPort);
        }
    }

    private static EmbeddedBroker start(BrokerDirectory directory, BrokerPorts ports, String clusterId) {
        reportFatalFaults();
        try {
            var config = new KafkaConfig(BrokerSettings.of(directory.kafka(), ports), false);
            var server = new KafkaRaftServer(config, Time.SYSTEM);
            var broker = new EmbeddedBroker(directory, ports, clusterId, server);
            RUNNING.add(broker);
            broker.startServer();
            return broker;
        } catch (KafkaException | IllegalStateException e) {
            throw cannotStart(directory.root(), e);
        }
    }

    private void startServer() {
        long begun = System.nanoTime();
        try {
            server.startup();
        } catch (RuntimeException e) {
            RUNNING.remove(this);
            stopServer();
            throw cannotStart(directory.root(), e);
        }
        log.info(
                "Broker started bootstrapServers={} clusterId={} tookMillis={}",
                bootstrapServers,
                clusterId,
                Duration.ofNanos(System.nanoTime() - begun).toMillis());
    }

    private static StartupException cannotStart(Path root, RuntimeException cause) {
        return new StartupException("broker cannot start on " + root + ": " + cause.getMessage(), cause);
    }

    /** {@code host:port} for Kafka clients of this machine. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** Identity that Kafka gave the data in the directory. */
    public String clusterId() {
        return clusterId;
    }

    /**
     * Completes with a cause when Kafka gives up, for example since its disk is lost: nothing is written or read from then
     * on, and the process should end. By itself Kafka would halt the process without a word.
     */
    public CompletionStage<String> fatalFault() {
        return fatalFault.minimalCompletionStage();
    }

    /** Stops the broker and gives the directory back. Waits 30 seconds at most; a second call does nothing. */
    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        stopServer();
        RUNNING.remove(this);
        directory.close();
        log.info("Broker stopped bootstrapServers={}", bootstrapServers);
    }

    private void stopServer() {
        var stopping = new Thread(
                () -> {
                    server.shutdown();
                    server.awaitShutdown();
                },
                "broker-shutdown");
        stopping.setDaemon(true); // a broker whose disk is gone may hang here; the process must end all the same
        stopping.start();
        try {
            stopping.join(SHUTDOWN_LIMIT.toMillis());
            if (stopping.isAlive()) {
                log.warn("Broker does not stop, it is left alone limitSeconds={}", SHUTDOWN_LIMIT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kafka knows one such procedure for a process, and no way to tell which node failed. */
    private static void reportFatalFaults() {
        Exit.Procedure report = (status, message) -> {
            String cause = message == null ? "see the errors before this line" : message;
            long told = RUNNING.stream()
                    .filter(broker -> broker.fatalFault.complete(cause))
                    .count();
            if (told > 0) { // Kafka reports one fault several times
                log.error("Broker has failed and serves nothing any more status={} cause={}", status, cause);
            }
        };
        Exit.setExitProcedure(report);
        Exit.setHaltProcedure(report);
    }
}
