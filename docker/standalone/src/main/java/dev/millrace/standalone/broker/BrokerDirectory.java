package dev.millrace.standalone.broker;

import dev.millrace.contract.DirectoryLock;
import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * The directory of an embedded broker, held by this process alone until closed:
 *
 * <pre>
 * lock               held while a broker runs, see {@link DirectoryLock}
 * ports.properties   see {@link BrokerPorts}
 * kafka/             Kafka's own files; meta.properties holds the cluster id
 * </pre>
 *
 * Not thread-safe.
 */
final class BrokerDirectory implements AutoCloseable {
    static final int NODE_ID = 1;
    static final String CONTROLLER_LISTENER = "CONTROLLER";
    private static final String META = "meta.properties";
    private static final String METADATA_LOG = "__cluster_metadata-0/00000000000000000000.log";
    private static final List<String> META_KEYS = List.of("version", "node.id", "directory.id", "cluster.id");

    private final Path root;
    private final DirectoryLock lock;

    private BrokerDirectory(Path root, DirectoryLock lock) {
        this.root = root;
        this.lock = lock;
    }

    /**
     * Takes the directory, making it if it is missing.
     *
     * @throws StartupException when it cannot be written or is in use
     */
    static BrokerDirectory open(Path root) {
        try {
            Files.createDirectories(root.resolve("kafka"));
            DirectoryLock lock = DirectoryLock.take(root)
                    .orElseThrow(() -> new StartupException("data directory " + root
                            + " is in use by another process; stop that process or choose another directory"));
            return new BrokerDirectory(root, lock);
        } catch (IOException e) {
            throw new StartupException(
                    "data directory " + root + " cannot be written: " + e
                            + "; choose a directory that this user may write",
                    e);
        }
    }

    Path root() {
        return root;
    }

    Path kafka() {
        return root.resolve("kafka");
    }

    /**
     * Prepares the directory for Kafka unless it is prepared already.
     *
     * @return the cluster id
     * @throws StartupException when Kafka's description of the directory is lost or cut short
     */
    String format() {
        Path meta = kafka().resolve(META);
        try {
            if (!Files.exists(meta)) {
                if (Files.exists(kafka().resolve(METADATA_LOG))) {
                    throw damaged(meta, "it is missing");
                }
                formatNew();
            }
            return clusterId(meta);
        } catch (StartupException e) {
            throw e;
        } catch (Exception e) { // declared so by Kafka
            throw new StartupException("data directory " + root + " cannot be prepared: " + e, e);
        }
    }

    private void formatNew() throws Exception {
        try (var quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(quiet)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(NODE_ID)
                    .setControllerListenerName(CONTROLLER_LISTENER)
                    .addDirectory(kafka().toString())
                    .setMetadataLogDirectory(kafka().toString())
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setIgnoreFormatted(true)
                    .run();
        }
    }

    private String clusterId(Path meta) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(meta)) {
            properties.load(reader);
        }
        for (String key : META_KEYS) {
            if (properties.getProperty(key, "").isBlank()) {
                throw damaged(meta, "it has no " + key);
            }
        }
        return properties.getProperty("cluster.id");
    }

    private StartupException damaged(Path meta, String cause) {
        return new StartupException(meta + " is damaged: " + cause + "; restore the file, or delete the directory "
                + root + " to start anew without its data");
    }

    /** Lets other processes have the directory. */
    @Override
    public void close() {
        lock.close();
    }
}
