package dev.millrace.it;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A broker and a schema registry that a test can take away and bring back at the same addresses. Owned by the test thread.
 * Closed by the test.
 */
final class LiveKafka implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final Path directory;
    private final String bootstrapServers;
    private final String registryUrl;
    private EmbeddedBroker broker;
    private SchemaRegistryServer registry;

    private LiveKafka(Path directory, EmbeddedBroker broker, SchemaRegistryServer registry) {
        this.directory = directory;
        this.broker = broker;
        this.registry = registry;
        this.bootstrapServers = broker.bootstrapServers();
        this.registryUrl = registry.url();
    }

    static LiveKafka start(Path directory) throws InterruptedException {
        EmbeddedBroker broker = EmbeddedBroker.start(directory, 0);
        return new LiveKafka(directory, broker, SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0));
    }

    /** Configuration with fresh topics under a prefix. */
    KafkaConfig topics(String prefix, int samplePartitions) throws InterruptedException {
        KafkaConfig config = config(prefix);
        new TopicProvisioner(config).provisionTraining(samplePartitions, 1);
        return config;
    }

    /** Configuration without any topic made. */
    KafkaConfig config(String prefix) {
        return new KafkaConfig(bootstrapServers, registryUrl, prefix, Map.of(), Map.of());
    }

    void stopBroker() {
        broker.close();
    }

    void startBroker() {
        broker = EmbeddedBroker.start(directory, 0);
    }

    void stopRegistry() {
        registry.close();
    }

    void startRegistry() throws InterruptedException {
        registry = SchemaRegistryServer.start(
                bootstrapServers, LOOPBACK, URI.create(registryUrl).getPort());
    }

    /** Every committed record of a topic, as it is now. */
    static <T extends SpecificRecord> List<T> read(KafkaConfig config, String topic, Class<T> type) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
        List<T> values = new ArrayList<>();
        try (var consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new AvroSerdes(config).deserializer(type))) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    @Override
    public void close() {
        registry.close();
        broker.close();
    }
}
