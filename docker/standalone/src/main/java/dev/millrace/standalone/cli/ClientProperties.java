package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;

/** Whether what a user says of Kafka's clients means anything: by themselves the clients pass over much of it. Stateless. */
final class ClientProperties {
    private static final List<ConfigDef> CLIENTS =
            List.of(ProducerConfig.configDef(), ConsumerConfig.configDef(), AdminClientConfig.configDef());

    private static final String PROMISED = "is set by Millrace itself, whose promises rest on it; leave it out";
    private static final String TIMEOUT = "follows from --timeout; leave it out";
    private static final Map<String, String> DECIDED = Map.ofEntries(
            Map.entry(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "is what --bootstrap says; leave it out"),
            Map.entry(ProducerConfig.ACKS_CONFIG, PROMISED),
            Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, PROMISED),
            Map.entry(ProducerConfig.TRANSACTIONAL_ID_CONFIG, PROMISED),
            Map.entry(ProducerConfig.COMPRESSION_TYPE_CONFIG, PROMISED),
            Map.entry(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT),
            Map.entry(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT),
            Map.entry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TIMEOUT),
            Map.entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, PROMISED),
            Map.entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, PROMISED),
            Map.entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, PROMISED));

    private ClientProperties() {}

    /** @throws StartupException when no client knows the name, a client refuses the value, or nobody would heed it */
    static void check(Map<String, String> properties) {
        properties.forEach(ClientProperties::check);
    }

    private static void check(String name, String value) {
        List<ConfigKey> known = CLIENTS.stream()
                .map(client -> client.configKeys().get(name))
                .filter(key -> key != null)
                .toList();
        if (known.isEmpty()) {
            throw new StartupException("--property " + name + " is no property of Kafka's clients");
        }
        known.forEach(key -> check(key, value));
        String decided = DECIDED.get(name);
        if (decided != null) {
            throw new StartupException("--property " + name + " " + decided);
        }
    }

    private static void check(ConfigKey key, String value) {
        try {
            Object parsed = ConfigDef.parseType(key.name, value, key.type);
            if (key.validator != null) {
                key.validator.ensureValid(key.name, parsed);
            }
        } catch (ConfigException e) {
            throw new StartupException("--property: " + e.getMessage(), e);
        }
    }
}
