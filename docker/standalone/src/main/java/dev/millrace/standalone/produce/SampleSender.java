package dev.millrace.standalone.produce;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.schemas.LabelledSample;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends samples and counts what the broker has acknowledged. {@link #send} belongs to one thread, the counters may be
 * read by any. Closing it closes the producer.
 */
public final class SampleSender implements AutoCloseable {
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** Kafka's own default for a request. */
    private static final int DEFAULT_REQUEST_BYTES = 1 << 20;
    /** Room for id, label, attributes and the record's frame. */
    private static final int FRAME_BYTES = 16 << 10;

    private final Producer<String, LabelledSample> producer;
    private final String topic;
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile @Nullable Exception failure;

    /**
     * A sender with an idempotent producer.
     *
     * @param limit how long a full buffer or a sample on its way may wait for the broker before it fails
     */
    public static SampleSender connect(KafkaConfig kafka, Serializer<LabelledSample> values, Duration limit) {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, limit.toMillis());
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) limit.toMillis() / 2);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) limit.toMillis());
        return new SampleSender(
                new KafkaProducer<>(properties, new StringSerializer(), values),
                kafka.topics().samples());
    }

    /**
     * The largest input that fits into a request of the producer.
     *
     * @throws StartupException when the property {@code max.request.size} is no number of bytes that leaves room for one
     */
    public static int maxInputBytes(KafkaConfig kafka) {
        String bytes = kafka.properties().get(ProducerConfig.MAX_REQUEST_SIZE_CONFIG);
        try {
            int request = bytes == null ? DEFAULT_REQUEST_BYTES : Integer.parseInt(bytes);
            if (request > FRAME_BYTES) {
                return request - FRAME_BYTES;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new StartupException(
                "max.request.size must be a number of bytes above " + FRAME_BYTES + ", was \"" + bytes + "\"");
    }

    /** A sender over a producer that it closes. */
    public static SampleSender over(Producer<String, LabelledSample> producer, String topic) {
        return new SampleSender(producer, topic);
    }

    private SampleSender(Producer<String, LabelledSample> producer, String topic) {
        this.producer = producer;
        this.topic = topic;
    }

    /**
     * Hands the sample to the producer; waits while its buffer is full.
     *
     * @throws KafkaException when this or an earlier sample could not be delivered
     */
    public void send(LabelledSample sample) {
        throwFailure();
        var unused = producer.send(new ProducerRecord<>(topic, sample.getId(), sample), (metadata, exception) -> {
            if (exception == null) {
                acknowledged.incrementAndGet();
            } else {
                failure = exception;
            }
        });
    }

    /** Waits until every sample is acknowledged; throws as {@link #send} does. */
    public void flush() {
        producer.flush();
        throwFailure();
    }

    /** Samples that the broker has stored. */
    public long acknowledged() {
        return acknowledged.get();
    }

    @Override
    public void close() {
        producer.close(CLOSE_LIMIT);
    }

    private void throwFailure() {
        Exception cause = failure;
        if (cause != null) {
            throw new KafkaException("a sample was not delivered to " + topic + ": " + cause.getMessage(), cause);
        }
    }
}
