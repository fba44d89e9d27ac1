package dev.millrace.contract;

import java.util.Map;

/**
 * How a process reaches Kafka and the schema registry; the same part in every process.
 *
 * @param bootstrapServers {@code host:port,...} of the brokers
 * @param registryUrl base address of a Confluent-compatible schema registry, for example {@code http://localhost:8081}
 * @param topicPrefix put before each topic name, see {@link Topics}
 * @param properties further client properties (security, compression), handed to every Kafka client as they are
 * @param registryProperties further registry client properties (basic auth, TLS), without the prefix
 *     {@code schema.registry.}
 */
public record KafkaConfig(
        String bootstrapServers,
        String registryUrl,
        String topicPrefix,
        Map<String, String> properties,
        Map<String, String> registryProperties) {

    public KafkaConfig {
        properties = Map.copyOf(properties);
        registryProperties = Map.copyOf(registryProperties);
        new Topics(topicPrefix);
    }

    public Topics topics() {
        return new Topics(topicPrefix);
    }

    /** Names no client properties, since they may hold secrets. */
    @Override
    public String toString() {
        return "KafkaConfig[" + bootstrapServers + ", " + registryUrl + ", topicPrefix=" + topicPrefix + "]";
    }
}
