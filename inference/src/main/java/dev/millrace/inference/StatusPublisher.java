package dev.millrace.inference;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.ServingStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to {@code serving-status} what this instance does. Serving does not depend on it: what cannot be written is
 * logged and lost, and the next event tells the state anew. Used by one thread; closed by whoever made it.
 */
final class StatusPublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StatusPublisher.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);
    /** Longest that a caller waits for a broker that is away. */
    private static final int MAX_BLOCK_MILLIS = 3000;

    private final KafkaConfig kafka;
    private @Nullable Producer<String, ServingStatus> producer;

    StatusPublisher(KafkaConfig kafka) {
        this.kafka = kafka;
    }

    /** Made at the first use: a broker whose name cannot be resolved yet must not keep the service from starting. */
    private Producer<String, ServingStatus> producer() {
        if (producer == null) {
            Map<String, Object> properties = new HashMap<>(kafka.properties());
            properties.put("bootstrap.servers", kafka.bootstrapServers());
            properties.put("max.block.ms", MAX_BLOCK_MILLIS);
            properties.put("request.timeout.ms", 10_000);
            properties.put("delivery.timeout.ms", 30_000);
            properties.put("linger.ms", 0);
            producer = new KafkaProducer<>(
                    properties, new StringSerializer(), new AvroSerdes(kafka).<ServingStatus>serializer());
        }
        return producer;
    }

    void publish(ServingStatus status) {
        try {
            var record = new ProducerRecord<>(kafka.topics().servingStatus(), status.getInstance(), status);
            var unused = producer().send(record, (written, e) -> {
                if (e != null) {
                    lost(e);
                }
            });
        } catch (KafkaException e) {
            lost(e);
        }
    }

    private void lost(Exception e) {
        log.warn(
                "Serving status not published topic={} cause={}", kafka.topics().servingStatus(), e.toString());
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(CLOSE_PATIENCE);
        }
    }
}
