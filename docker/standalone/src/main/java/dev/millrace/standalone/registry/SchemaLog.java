package dev.millrace.standalone.registry;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.TopicProvisioner;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The {@code _schemas} topic: read to its end, appended to by one registry at a time. The first append makes this registry
 * the writer, which fences any other; a fenced one becomes the writer again with its next append. So whoever appends after
 * {@link #becomeWriter} and {@link #readToEnd} decides on the newest state.
 *
 * <p>Not thread-safe: guarded by {@link Registrar}. Closed by the one who opened it.
 */
final class SchemaLog implements AutoCloseable {
    static final String TOPIC = "_schemas";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** A fetch waits on the broker while the commit of a record just appended is under way; ask again soon. */
    private static final int FETCH_WAIT_MILLIS = 10;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final String TRANSACTIONAL_ID = "millrace-schema-registry";

    private final KafkaConfig kafka;
    private final SchemaCatalogue catalogue;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    private SchemaLog(KafkaConfig kafka, SchemaCatalogue catalogue, KafkaConsumer<byte[], byte[]> consumer) {
        this.kafka = kafka;
        this.catalogue = catalogue;
        this.consumer = consumer;
    }

    /**
     * Makes the topic if it is missing, and reads it. Brokers that are away are waited for.
     *
     * @param catalogue takes what is read
     */
    static SchemaLog open(KafkaConfig kafka, SchemaCatalogue catalogue) throws InterruptedException {
        new TopicProvisioner(kafka).provision(List.of(TopicProvisioner.compacted(TOPIC)));
        Map<String, Object> properties = client(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MILLIS);
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis());
        properties.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis() / 2);
        var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var schemaLog = new SchemaLog(kafka, catalogue, consumer);
        try {
            schemaLog.begin();
            return schemaLog;
        } catch (KafkaException | StartupException e) {
            schemaLog.close();
            throw e;
        }
    }

    private void begin() {
        int partitions = consumer.partitionsFor(TOPIC).size();
        if (partitions != 1) {
            throw new StartupException("topic " + TOPIC + " must have 1 partition, has " + partitions
                    + "; the order of schemas would not be known otherwise");
        }
        consumer.assign(List.of(PARTITION));
        consumer.seekToBeginning(List.of(PARTITION));
        readToEnd();
    }

    /**
     * Brings the catalogue up to date with every record that is committed now.
     *
     * @throws KafkaException when the broker does not answer in time
     */
    void readToEnd() {
        readTo(Optional.ofNullable(consumer.endOffsets(List.of(PARTITION)).get(PARTITION))
                .orElse(0L));
    }

    private void readTo(long end) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (consumer.position(PARTITION) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                SchemaRecords.apply(record.key(), record.value(), catalogue);
            }
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("topic " + TOPIC + " could not be read to offset " + end);
            }
        }
    }

    /** Fences any other writer; does nothing while none came in between. */
    void becomeWriter() {
        if (producer != null) {
            return;
        }
        Map<String, Object> properties = client(kafka);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) TIMEOUT.toMillis());
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis());
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis() / 2);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        var opened = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            opened.initTransactions();
            producer = opened;
        } catch (KafkaException e) {
            opened.close(Duration.ZERO);
            throw e;
        }
    }

    /**
     * Appends a record durably and reads it back into the catalogue.
     *
     * @throws KafkaException when it is not known to be appended; then {@link #becomeWriter} comes first again
     */
    void append(SchemaRecords.Entry entry) throws InterruptedException {
        KafkaProducer<byte[], byte[]> writer = producer;
        if (writer == null) {
            throw new IllegalStateException("becomeWriter comes first");
        }
        try {
            writer.beginTransaction();
            var appended = writer.send(new ProducerRecord<>(TOPIC, entry.key(), entry.value()));
            writer.commitTransaction();
            readTo(appended.get().offset() + 1); // a committed record may become readable a little later
        } catch (ExecutionException e) {
            closeProducer();
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e);
        } catch (KafkaException e) {
            closeProducer();
            throw e;
        }
    }

    private void closeProducer() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    private static Map<String, Object> client(KafkaConfig kafka) {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        return properties;
    }

    @Override
    public void close() {
        closeProducer();
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
