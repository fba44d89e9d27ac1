package dev.millrace.scenario;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;

/** Three brokers in processes of their own, each topic on all of them. Owned by one thread. */
public final class Cluster implements AutoCloseable {
    private static final int NODES = 3;
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final List<String> JVM = List.of("-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final Path directory;
    private final String clusterId = Uuid.randomUuid().toString();
    private final List<String> ports = new ArrayList<>();
    private final List<ChildJvm> nodes = new ArrayList<>();

    private Cluster(Path directory) {
        this.directory = directory;
    }

    /** Starts all nodes and returns when they serve. */
    public static Cluster start(Path directory) throws InterruptedException {
        Cluster cluster = new Cluster(directory);
        for (int node = 0; node < NODES; node++) {
            cluster.ports.add(FreePort.any() + ":" + FreePort.any());
        }
        for (int node = 1; node <= NODES; node++) {
            cluster.nodes.add(cluster.child(node));
        }
        for (ChildJvm node : cluster.nodes) {
            node.requireLine(PlatformMain.SERVING, START_LIMIT);
        }
        return cluster;
    }

    private ChildJvm child(int node) {
        List<String> arguments = new ArrayList<>();
        arguments.add(directory.resolve("node-" + node).toString());
        arguments.add(Integer.toString(node));
        arguments.add(clusterId);
        arguments.addAll(ports);
        return ChildJvm.start(
                new ChildJvm.Spec("node-" + node, ClusterNodeMain.class, JVM, arguments, Map.of()),
                directory.resolve("logs"));
    }

    public String bootstrapServers() {
        return ports.stream()
                .map(pair -> "127.0.0.1:" + pair.substring(0, pair.indexOf(':')))
                .collect(Collectors.joining(","));
    }

    /** Number of the node that leads the first partition of a topic. */
    public int leaderOf(String topic) throws InterruptedException {
        return partition(topic).leader().id();
    }

    /** Whether every node has a current copy of the first partition of a topic. */
    public boolean isWhole(String topic) throws InterruptedException {
        return partition(topic).isr().size() == NODES;
    }

    private TopicPartitionInfo partition(String topic) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()))) {
            Map<String, TopicDescription> topics =
                    admin.describeTopics(List.of(topic)).allTopicNames().get();
            return topics.values().iterator().next().partitions().get(0);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the cluster does not tell of " + topic, e);
        }
    }

    /** SIGKILL. */
    public void kill(int node) throws InterruptedException {
        nodes.get(node - 1).kill();
    }

    /** Starts a killed node again and returns when it serves. */
    public void restart(int node) throws InterruptedException {
        ChildJvm child = child(node);
        nodes.set(node - 1, child);
        child.requireLine(PlatformMain.SERVING, START_LIMIT);
    }

    @Override
    public void close() {
        IntStream.range(0, nodes.size()).forEach(node -> nodes.get(node).close());
    }
}
