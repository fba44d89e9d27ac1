package dev.millrace.contract;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;

/**
 * What Kafka's clients say to a property. Asked before there is a client, whose refusal looks like a broker that cannot be
 * found yet, and of properties that are set over, which no client ever sees. Stateless.
 */
final class ClientProperties {
    private static final List<ConfigDef> CLIENTS =
            List.of(ProducerConfig.configDef(), ConsumerConfig.configDef(), AdminClientConfig.configDef());

    private static final String PROVIDERS = AbstractConfig.CONFIG_PROVIDERS_CONFIG;

    /** {@code ${provider:key}} or {@code ${provider:path:key}}. */
    private static final Pattern VARIABLE = ConfigTransformer.DEFAULT_PATTERN;

    private ClientProperties() {}

    static boolean isKnown(String name) {
        return name.startsWith(PROVIDERS + ".")
                || CLIENTS.stream().anyMatch(client -> client.configKeys().containsKey(name));
    }

    /**
     * Why a client that knows a property refuses its value; of the first by name. Where the client is given providers, values
     * with a variable are not looked at: only the providers know what will stand there.
     */
    static Optional<String> refusal(Map<String, String> properties) {
        boolean replaced = properties.containsKey(PROVIDERS);
        return new TreeMap<>(properties)
                .entrySet().stream()
                        .filter(property -> !replaced
                                || !VARIABLE.matcher(property.getValue()).find())
                        .flatMap(property -> refusal(property.getKey(), property.getValue()).stream())
                        .findFirst();
    }

    private static Optional<String> refusal(String name, String value) {
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
