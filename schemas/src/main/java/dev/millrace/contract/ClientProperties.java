package dev.millrace.contract;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;

/**
 * What Kafka's clients say to a property. Asked before there is a client, whose refusal looks like a broker that cannot be
 * found yet, and of properties that are set over, which no client ever sees. Stateless.
 */
final class ClientProperties {
    private static final List<ConfigDef> CLIENTS =
            List.of(ProducerConfig.configDef(), ConsumerConfig.configDef(), AdminClientConfig.configDef());

    private ClientProperties() {}

    static boolean isKnown(String name) {
        return CLIENTS.stream().anyMatch(client -> client.configKeys().containsKey(name));
    }

    /** Why a client that knows the property refuses the value. */
    static Optional<String> refusal(String name, String value) {
        for (ConfigDef client : CLIENTS) {
            ConfigKey key = client.configKeys().get(name);
            try {
                if (key != null) {
                    Object parsed = ConfigDef.parseType(name, value, key.type);
                    if (key.validator != null) {
                        key.validator.ensureValid(name, parsed);
                    }
                }
            } catch (ConfigException e) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
        }
        return Optional.empty();
    }
}
