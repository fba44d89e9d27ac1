package dev.millrace.inference.listen;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Two topics that outlive their consumers, and that may be missing or out of reach. */
final class FakeTopics {
    static final Topics TOPICS = new Topics("test.");
    static final TopicPartition PROMOTIONS = new TopicPartition(TOPICS.promotions(), 0);
    static final TopicPartition SNAPSHOTS = new TopicPartition(TOPICS.snapshots(), 0);

    private final AvroSerdes serdes;
    private final List<ConsumerRecord<byte[], byte[]>> promotions = new ArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> snapshots = new ArrayList<>();
    volatile boolean exist = true;
    volatile boolean away;

    FakeTopics(AvroSerdes serdes) {
        this.serdes = serdes;
    }

    byte[] bytes(TopicPartition partition, SpecificRecord value) {
        try (Serializer<SpecificRecord> serializer = serdes.serializer()) {
            return serializer.serialize(partition.topic(), value);
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> log(TopicPartition partition) {
        return partition.equals(PROMOTIONS) ? promotions : snapshots;
    }

    void add(TopicPartition partition, String key, SpecificRecord value) {
        addBytes(partition, key.getBytes(StandardCharsets.UTF_8), bytes(partition, value));
    }

    synchronized void addBytes(TopicPartition partition, byte @Nullable [] key, byte @Nullable [] value) {
        List<ConsumerRecord<byte[], byte[]>> log = log(partition);
        log.add(new ConsumerRecord<>(partition.topic(), 0, log.size(), key, value));
        notifyAll();
    }

    Consumer<byte[], byte[]> consumer() {
        return new FakeConsumer();
    }

    /** Feeds itself from the topics at each poll. */
    private final class FakeConsumer extends MockConsumer<byte[], byte[]> {
        private final Map<TopicPartition, Integer> fed = new HashMap<>();

        FakeConsumer() {
            super("earliest");
            updateBeginningOffsets(Map.of(PROMOTIONS, 0L, SNAPSHOTS, 0L));
        }

        private void reach() {
            if (away) {
                throw new TimeoutException("the broker is away");
            }
        }

        @Override
        public List<PartitionInfo> partitionsFor(String topic, Duration timeout) {
            reach();
            return exist ? List.of(new PartitionInfo(topic, 0, Node.noNode(), new Node[0], new Node[0])) : List.of();
        }

        @Override
        public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions, Duration timeout) {
            reach();
            synchronized (FakeTopics.this) {
                Map<TopicPartition, Long> ends = new HashMap<>();
                partitions.forEach(each -> ends.put(each, (long) log(each).size()));
                return ends;
            }
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            feed();
            return super.poll(timeout);
        }

        /** Gives the consumer what is new, or waits a moment as a real one does. */
        private void feed() {
            synchronized (FakeTopics.this) {
                boolean fresh = false;
                for (TopicPartition partition : away ? List.<TopicPartition>of() : List.of(PROMOTIONS, SNAPSHOTS)) {
                    int from = fed.getOrDefault(partition, 0);
                    log(partition).stream().skip(from).forEach(this::addRecord);
                    fed.put(partition, log(partition).size());
                    fresh |= from < log(partition).size();
                }
                if (!fresh) {
                    idle();
                }
            }
        }

        private void idle() {
            try {
                FakeTopics.this.wait(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
