package dev.millrace.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole topics as far as they are committed, again and again: each {@link #readNew} goes on where the last one ended.
 * Joins no group and commits no offset, so reading disturbs nobody. Not thread-safe; closed by who opened it.
 *
 * <p>Nothing is connected before the first call: until the brokers' names can be resolved no consumer can be made.
 */
public final class CommittedReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final List<String> topics;
    private final Span span;
    private final Map<String, Object> properties;
    private @Nullable KafkaConsumer<byte[], byte[]> opened;

    /** Which part of a partition is read. */
    @FunctionalInterface
    public interface Span {
        /**
         * The offset to begin at.
         *
         * @param first oldest offset that is still there
         * @param end offset behind the newest committed record
         */
        long begin(TopicPartition partition, long first, long end);

        /** The offset to stop before, at most {@code end}; a few records behind it may be handed over nevertheless. */
        default long stop(TopicPartition partition, long end) {
            return end;
        }
    }

    /** How far a call came. */
    public enum Reach {
        /** Everything that was committed before the call was handed over. */
        END,
        /** A topic does not exist yet; nothing was read. */
        TOPIC_MISSING,
        /** The time limit came first; the next call goes on from there. */
        LIMIT
    }

    /** Reads from the beginning. */
    public CommittedReader(KafkaConfig kafka, List<String> topics) {
        this(kafka, topics, (partition, first, end) -> first);
    }

    public CommittedReader(KafkaConfig kafka, List<String> topics, Span span) {
        this.topics = List.copyOf(topics);
        this.span = span;
        this.properties = new HashMap<>(kafka.properties());
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    }

    /**
     * Hands over every record that was committed before the call and was not handed over yet, oldest first within a
     * partition.
     *
     * @param limit longest time for the whole call, or for one answer of the broker
     * @param take may throw; what this call handed over is then handed over again by the next one
     * @throws KafkaException when a broker is away; as with {@code take}, nothing is lost by it
     */
    public Reach readNew(Duration limit, Consumer<ConsumerRecord<byte[], byte[]>> take) {
        long deadline = System.nanoTime() + limit.toNanos();
        if (consumer().assignment().isEmpty() && !assign(limit)) {
            return Reach.TOPIC_MISSING;
        }
        Map<TopicPartition, Long> ends =
                new HashMap<>(consumer().endOffsets(consumer().assignment(), limit));
        ends.replaceAll(span::stop);
        Map<TopicPartition, Long> begun = new HashMap<>();
        ends.keySet().forEach(partition -> begun.put(partition, consumer().position(partition, limit)));
        boolean done = false;
        try {
            while (isBefore(ends, limit)) {
                if (System.nanoTime() > deadline) {
                    done = true;
                    return Reach.LIMIT;
                }
                consumer().poll(POLL).forEach(take);
            }
            done = true;
            return Reach.END;
        } finally {
            if (!done) {
                begun.forEach(consumer()::seek);
            }
        }
    }

    /**
     * As {@link #readNew}, however long it takes, as long as records keep coming.
     *
     * @param limit longest time without any record
     */
    public Reach readAll(Duration limit, Consumer<ConsumerRecord<byte[], byte[]>> take) {
        AtomicLong seen = new AtomicLong();
        long before;
        Reach reach;
        do {
            before = seen.get();
            reach = readNew(limit, entry -> {
                take.accept(entry);
                seen.incrementAndGet();
            });
        } while (reach == Reach.LIMIT && seen.get() > before);
        return reach;
    }

    private boolean isBefore(Map<TopicPartition, Long> ends, Duration limit) {
        return ends.entrySet().stream().anyMatch(end -> consumer().position(end.getKey(), limit) < end.getValue());
    }

    private boolean assign(Duration limit) {
        Map<String, List<PartitionInfo>> known = consumer().listTopics(limit);
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : topics) {
            List<PartitionInfo> found = known.get(topic);
            if (found == null) {
                return false;
            }
            found.forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        }
        boolean isPlaced = false;
        try {
            consumer().assign(partitions); // before the offsets are asked for, else the client warns about each
            place(partitions, limit);
            isPlaced = true;
            return true;
        } finally {
            if (!isPlaced) {
                consumer().unsubscribe();
            }
        }
    }

    private void place(List<TopicPartition> partitions, Duration limit) {
        Map<TopicPartition, Long> firsts = consumer().beginningOffsets(partitions, limit);
        Map<TopicPartition, Long> ends = consumer().endOffsets(partitions, limit);
        for (TopicPartition partition : partitions) {
            long first = firsts.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, first);
            consumer().seek(partition, Math.max(first, span.begin(partition, first, end)));
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        if (opened == null) {
            opened = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
        return opened;
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close(
                    CloseOptions.timeout(Duration.ZERO)); // by itself it waits half a minute for a broker that hangs
        }
    }
}
