package dev.millrace.standalone.topics;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads one topic as far as it is committed, again and again: each {@link #readNew} goes on where the last one ended. Not
 * thread-safe; the caller closes it.
 *
 * @param <T> record type of the topic's values; tombstones are left out
 */
public final class TopicReader<T extends SpecificRecord> implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String topic;
    private final KafkaConsumer<String, T> consumer;

    public TopicReader(KafkaConfig kafka, String topic, Class<T> type) {
        this.topic = topic;
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        Deserializer<T> values = new AvroSerdes(kafka).deserializer(type);
        this.consumer = new KafkaConsumer<>(properties, new StringDeserializer(), values);
    }

    /**
     * Everything committed since the last call, oldest first within a partition; nothing when the topic does not exist
     * yet.
     *
     * @throws org.apache.kafka.common.KafkaException when broker or registry cannot be reached within the limit, or a
     *     record is not of the type
     */
    public List<ConsumerRecord<String, T>> readNew(Duration limit) {
        if (consumer.assignment().isEmpty() && !assign(limit)) {
            return List.of();
        }
        List<ConsumerRecord<String, T>> records = new ArrayList<>();
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), limit);
        long deadline = System.nanoTime() + limit.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey(), limit) < end.getValue())) {
            if (System.nanoTime() > deadline) {
                throw new org.apache.kafka.common.errors.TimeoutException(
                        "the end of " + topic + " was not reached within " + limit);
            }
            consumer.poll(POLL).forEach(records::add);
        }
        records.removeIf(entry -> entry.value() == null);
        return records;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private boolean assign(Duration limit) {
        List<TopicPartition> partitions = consumer.listTopics(limit).getOrDefault(topic, List.of()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        return !partitions.isEmpty();
    }
}
