package dev.millrace.contract;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.Utils;

/**
 * How a process reaches Kafka and the schema registry; the same part in every process.
 *
 * @param bootstrapServers {@code host:port,...} of the brokers
 * @param registryUrl base address of a Confluent-compatible schema registry, for example {@code http://localhost:8081}
 * @param topicPrefix put before each topic name, see {@link Topics}
 * @param properties further client properties (security, buffers), handed to every Kafka client; what Millrace decides
 *     itself (acknowledgement, transactions, compression) is set over them
 * @param registryProperties further registry client properties (basic auth, TLS), without the prefix
 *     {@code schema.registry.}
 */
public record KafkaConfig(
        String bootstrapServers,
        String registryUrl,
        String topicPrefix,
        Map<String, String> properties,
        Map<String, String> registryProperties) {
    /** {@code mock://} is the client's own registry in memory. */
    private static final Pattern REGISTRY_URL = Pattern.compile("(https?|mock)://[^/\\s].*");

    /** Refuses what cannot be an address by {@link WrongValueException}. */
    public KafkaConfig {
        properties = Map.copyOf(properties);
        registryProperties = Map.copyOf(registryProperties);
        new Topics(topicPrefix);
        ClientProperties.refusal(properties).ifPresent(why -> {
            throw new WrongValueException("properties", "refused by Kafka's clients: " + why);
        });
        for (String address : List.of(bootstrapServers.split(",", -1))) {
            checkAddress(address.strip());
        }
        for (String url : List.of(registryUrl.split(",", -1))) {
            checkUrl(url.strip());
        }
    }

    /** A value that is refused. Tells the key apart from what is wrong, for whoever took the value under another name. */
    public static final class WrongValueException extends IllegalArgumentException {
        private final String key;
        private final String problem;

        /**
         * @param key component of this record
         * @param problem goes on after the key: what is allowed, and the value seen
         */
        WrongValueException(String key, String problem) {
            super(key + " " + problem);
            this.key = key;
            this.problem = problem;
        }

        public String key() {
            return key;
        }

        public String problem() {
            return problem;
        }
    }

    private static void checkUrl(String url) {
        if (!REGISTRY_URL.matcher(url).matches()) {
            throw new WrongValueException(
                    "registryUrl",
                    "must be http://host:port or https://host:port, or several separated by commas, but has \"" + url
                            + "\"");
        }
    }

    /** The form only: a host that cannot be resolved yet is waited for. */
    private static void checkAddress(String address) {
        if (Utils.getHost(address) == null || Utils.getPort(address) == null) {
            throw new WrongValueException(
                    "bootstrapServers",
                    "must be host:port, or several separated by commas, but has \"" + address + "\"");
        }
    }

    /** The properties that no client of Kafka knows; a plug-in of the client may. */
    public List<String> unknownProperties() {
        return properties.keySet().stream()
                .filter(name -> !ClientProperties.isKnown(name))
                .sorted()
                .toList();
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
