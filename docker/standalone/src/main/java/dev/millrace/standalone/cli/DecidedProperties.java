package dev.millrace.standalone.cli;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import java.io.PrintWriter;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Properties of Kafka's clients that a command would pass over, since it sets them itself. Stateless. */
final class DecidedProperties {
    private static final String PROMISED = "is set by Millrace itself, whose promises rest on it; leave it out";
    private static final String TIMEOUT = "follows from --timeout; leave it out";

    private static final List<Decided> ALWAYS = List.of(
            new Decided(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "is what --bootstrap says; leave it out"),
            new Decided(ProducerConfig.ACKS_CONFIG, PROMISED),
            new Decided(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, PROMISED),
            new Decided(ProducerConfig.TRANSACTIONAL_ID_CONFIG, PROMISED),
            new Decided(ProducerConfig.COMPRESSION_TYPE_CONFIG, "is chosen by Millrace for each topic; leave it out"),
            new Decided(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT),
            new Decided(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, PROMISED),
            new Decided(ConsumerConfig.ISOLATION_LEVEL_CONFIG, PROMISED),
            new Decided(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, PROMISED));

    /** Of the sender of samples alone: the other clients take them as they are given. */
    private static final List<Decided> OF_SENDING = List.of(
            new Decided(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT),
            new Decided(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TIMEOUT));

    private record Decided(String name, String reason) {}

    private DecidedProperties() {}

    /**
     * Refuses what every command sets itself, and warns of what no client knows: a plug-in of the client may.
     *
     * @throws StartupException names the first
     */
    static void check(KafkaConfig kafka, PrintWriter err) {
        refuse(kafka, ALWAYS);
        for (String name : kafka.unknownProperties()) {
            err.println("warning: --property " + name + " is no property of Kafka's clients; it is handed on, since a"
                    + " plug-in of theirs may know it");
        }
    }

    /** @throws StartupException names the first that the sender of samples sets itself */
    static void refuseOfSending(KafkaConfig kafka) {
        refuse(kafka, OF_SENDING);
    }

    private static void refuse(KafkaConfig kafka, List<Decided> properties) {
        for (Decided decided : properties) {
            if (kafka.properties().containsKey(decided.name())) {
                throw new StartupException("--property " + decided.name() + " " + decided.reason());
            }
        }
    }
}
