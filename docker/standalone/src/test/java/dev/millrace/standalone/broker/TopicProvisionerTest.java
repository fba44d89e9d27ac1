package dev.millrace.standalone.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.contract.Topics;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Here and not beside the class, since this module has a broker. */
class TopicProvisionerTest {
    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;
    private static Admin admin;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.start(directory, 0);
        admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()));
    }

    @AfterAll
    static void stopBroker() {
        admin.close();
        broker.close();
    }

    private static TopicProvisioner provisioner(String prefix) {
        return new TopicProvisioner(
                new KafkaConfig(broker.bootstrapServers(), "http://unused", prefix, Map.of(), Map.of()));
    }

    private static int partitions(String topic) throws Exception {
        var descriptions = admin.describeTopics(List.of(topic)).allTopicNames().get();
        return descriptions.values().iterator().next().partitions().size();
    }

    private static String setting(String topic, String key) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var configs = admin.describeConfigs(List.of(resource)).all().get();
        return configs.values().iterator().next().get(key).value();
    }

    @Test
    void makesAllTopicsForTrainingOnceWithTheirSettings() throws Exception {
        Topics topics = new Topics("training.");

        provisioner("training.").provisionTraining(3, 2);
        provisioner("training.").provisionTraining(6, 1);

        assertThat(partitions(topics.samples())).isEqualTo(3);
        assertThat(partitions(topics.batches())).isEqualTo(2);
        for (String dated : List.of(topics.samples(), topics.batches(), topics.snapshots(), topics.evaluations())) {
            assertThat(setting(dated, "message.timestamp.type")).isEqualTo("LogAppendTime");
        }
        assertThat(setting(topics.batches(), "retention.ms")).isEqualTo("-1");
        for (String large : List.of(topics.batches(), topics.deadLetters(), topics.snapshots())) {
            assertThat(setting(large, "max.message.bytes")).isEqualTo("8388608");
        }
        assertThat(partitions(topics.holdout())).isEqualTo(1);
        assertThat(partitions(topics.evaluations())).isEqualTo(1);
        for (String compacted : List.of(topics.snapshots(), topics.promotions(), topics.servingStatus())) {
            assertThat(setting(compacted, "cleanup.policy")).isEqualTo("compact");
            assertThat(partitions(compacted)).isEqualTo(1);
        }
    }

    @Test
    void correctsWhatWouldLoseRecords() throws Exception {
        Topics topics = new Topics("old.");
        admin.createTopics(List.of(
                        TopicProvisioner.topic(topics.promotions(), 1, Map.of("cleanup.policy", "delete")),
                        TopicProvisioner.topic(topics.snapshots(), 1, Map.of("max.message.bytes", "1000")),
                        TopicProvisioner.topic(topics.deadLetters(), 1, Map.of("max.message.bytes", "9000000")),
                        TopicProvisioner.topic(topics.batches(), 1, Map.of())))
                .all()
                .get();

        provisioner("old.").provisionTraining(1, 4);

        assertThat(setting(topics.promotions(), "cleanup.policy")).isEqualTo("compact");
        assertThat(setting(topics.snapshots(), "max.message.bytes")).isEqualTo("8388608");
        assertThat(setting(topics.deadLetters(), "max.message.bytes")).isEqualTo("9000000");
        assertThat(partitions(topics.batches())).isEqualTo(4);
    }

    @Test
    void waitsForBrokersThatAreAway() throws Exception {
        BrokerPorts later = new BrokerPorts(freePort(), 1);
        var config = new KafkaConfig(BrokerSettings.bootstrapServers(later), "http://unused", "", Map.of(), Map.of());

        CompletableFuture<Void> provisioned = CompletableFuture.runAsync(() -> {
            try {
                new TopicProvisioner(config).provisionTraining(1, 1);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Path second = directory.resolveSibling(directory.getFileName() + "-second");
        try (var late = EmbeddedBroker.start(second, later.client())) {
            provisioned.get(60, TimeUnit.SECONDS);
            assertThat(late.bootstrapServers()).isEqualTo(config.bootstrapServers());
        } finally {
            TestTopic.delete(second);
        }
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void refusesAddressThatIsNone() {
        assertThatThrownBy(() -> new KafkaConfig("no-port", "http://unused", "", Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no-port");
    }
}
