package dev.millrace.scenario;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A node of a Kafka cluster as a child process, broker and controller in one. Arguments: directory, number of the node (from
 * 1), cluster id, and for each node {@code PORT:CONTROLLER_PORT}. Says {@link PlatformMain#SERVING} when it serves.
 */
public final class ClusterNodeMain {
    private static final String LOOPBACK = "127.0.0.1:";

    private ClusterNodeMain() {}

    /** Runs until it is killed. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int node = Integer.parseInt(arguments[1]);
        List<String[]> ports =
                Arrays.stream(arguments).skip(3).map(pair -> pair.split(":", 2)).toList();
        if (!Files.exists(directory.resolve("meta.properties"))) {
            format(directory, node, arguments[2]);
        }
        var server = new KafkaRaftServer(new KafkaConfig(settings(directory, node, ports), false), Time.SYSTEM);
        server.startup();
        System.out.println(PlatformMain.SERVING);
        server.awaitShutdown();
    }

    private static void format(Path directory, int node, String clusterId) throws Exception {
        try (var quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(quiet)
                    .setClusterId(clusterId)
                    .setNodeId(node)
                    .setControllerListenerName("CONTROLLER")
                    .addDirectory(directory.toString())
                    .setMetadataLogDirectory(directory.toString())
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setIgnoreFormatted(true)
                    .run();
        }
    }

    private static Map<String, String> settings(Path directory, int node, List<String[]> ports) {
        String[] own = ports.get(node - 1);
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(node));
        settings.put(
                "controller.quorum.voters",
                java.util.stream.IntStream.rangeClosed(1, ports.size())
                        .mapToObj(number -> number + "@" + LOOPBACK + ports.get(number - 1)[1])
                        .collect(Collectors.joining(",")));
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", "PLAINTEXT://" + LOOPBACK + own[0] + ",CONTROLLER://" + LOOPBACK + own[1]);
        settings.put("advertised.listeners", "PLAINTEXT://" + LOOPBACK + own[0]);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("log.dirs", directory.toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("default.replication.factor", "3");
        settings.put("min.insync.replicas", "2");
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.put(topic + ".replication.factor", "3");
            settings.put(topic + ".num.partitions", "4");
        }
        settings.put("transaction.state.log.min.isr", "2");
        settings.put("share.coordinator.state.topic.min.isr", "2");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("log.cleaner.dedupe.buffer.size", "8388608");
        return settings;
    }
}
