package dev.millrace.standalone.cli;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Properties of Kafka's clients that a command would pass over: set by itself, or known to no client. Stateless. */
final class DecidedProperties {
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

    private DecidedProperties() {}

    /** @throws StartupException names the first */
    static void refuse(KafkaConfig kafka) {
        kafka.unknownProperties().stream().findFirst().ifPresent(name -> {
            throw new StartupException("--property " + name + " is no property of Kafka's clients");
        });
        DECIDED.forEach((name, decided) -> {
            if (kafka.properties().containsKey(name)) {
                throw new StartupException("--property " + name + " " + decided);
            }
        });
    }
}
