package dev.millrace.trainer.judge;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.AcceptedSample;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a sliding window over the {@code holdout} topic. Reads only when asked, starting {@code capacity} records before
 * the end of each partition.
 */
public final class KafkaHoldout implements HoldoutSource {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(100);

    private final String topic;
    private final int capacity;
    private final Map<String, Object> properties;
    private @Nullable KafkaConsumer<byte[], byte[]> opened;
    private final Deserializer<AcceptedSample> decoder;
    private final Deque<AcceptedSample> window = new ArrayDeque<>();

    public KafkaHoldout(KafkaConfig kafka, int capacity) {
        this.topic = kafka.topics().holdout();
        this.capacity = capacity;
        this.decoder = new AvroSerdes(kafka).deserializer(AcceptedSample.class);
        this.properties = new HashMap<>(kafka.properties());
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    }

    @Override
    public List<AcceptedSample> newest() {
        try {
            readToEnd();
            return List.copyOf(window);
        } catch (KafkaException e) {
            consumer().assign(List.of()); // Records of the last poll may be lost on us: the next call begins again.
            window.clear();
            throw e;
        }
    }

    private void readToEnd() {
        if (consumer().assignment().isEmpty()) {
            assign();
        }
        Map<TopicPartition, Long> ends = consumer().endOffsets(consumer().assignment(), LIMIT);
        while (ends.entrySet().stream().anyMatch(end -> consumer().position(end.getKey(), LIMIT) < end.getValue())) {
            consumer().poll(POLL).forEach(entry -> {
                window.addLast(decoder.deserialize(topic, entry.value()));
                if (window.size() > capacity) {
                    window.removeFirst();
                }
            });
        }
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private void assign() {
        List<TopicPartition> partitions = new ArrayList<>();
        for (PartitionInfo info : consumer().partitionsFor(topic, LIMIT)) {
            partitions.add(new TopicPartition(topic, info.partition()));
        }
        Map<TopicPartition, Long> begins = consumer().beginningOffsets(partitions, LIMIT);
        Map<TopicPartition, Long> ends = consumer().endOffsets(partitions, LIMIT);
        consumer().assign(partitions);
        for (TopicPartition partition : partitions) {
            long end = ends.getOrDefault(partition, 0L);
            consumer().seek(partition, Math.max(begins.getOrDefault(partition, 0L), end - capacity));
        }
    }

    /** Opened when first needed: until its brokers can be resolved it cannot be. */
    private KafkaConsumer<byte[], byte[]> consumer() {
        if (opened == null) {
            opened = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
        return opened;
    }
}
