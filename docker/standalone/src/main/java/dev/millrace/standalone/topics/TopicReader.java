package dev.millrace.standalone.topics;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.CommittedReader.Reach;
import dev.millrace.contract.KafkaConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads one topic as far as it is committed, again and again: each {@link #readNew} goes on where the last one ended. Not
 * thread-safe; the caller closes it.
 *
 * @param <T> record type of the topic's values; tombstones are left out
 */
public final class TopicReader<T extends SpecificRecord> implements AutoCloseable {
    private final String topic;
    private final CommittedReader reader;
    private final Deserializer<T> values;
    private final List<Entry<T>> unread = new ArrayList<>();

    /**
     * One record.
     *
     * @param key read as UTF-8; empty where there is none
     */
    public record Entry<T>(String key, T value, long offset) {}

    public TopicReader(KafkaConfig kafka, String topic, Class<T> type) {
        this.topic = topic;
        this.values = new AvroSerdes(kafka).deserializer(type);
        this.reader = new CommittedReader(kafka, List.of(topic));
    }

    /**
     * Everything committed since the last call, oldest first within a partition; nothing when the topic does not exist
     * yet.
     *
     * @throws org.apache.kafka.common.KafkaException when broker or registry cannot be reached within the limit, or a
     *     record is not of the type; the next call gives the same records
     */
    public List<Entry<T>> readNew(Duration limit) {
        List<Entry<T>> fresh = new ArrayList<>();
        Reach reach = reader.readNew(limit, entry -> decode(entry, fresh));
        unread.addAll(fresh);
        if (reach == Reach.LIMIT) {
            throw new TimeoutException("the end of " + topic + " was not reached within " + limit);
        }
        List<Entry<T>> entries = List.copyOf(unread);
        unread.clear();
        return entries;
    }

    private void decode(ConsumerRecord<byte[], byte[]> entry, List<Entry<T>> fresh) {
        T value = values.deserialize(topic, entry.value());
        if (value != null) {
            String key = entry.key() == null ? "" : new String(entry.key(), StandardCharsets.UTF_8);
            fresh.add(new Entry<>(key, value, entry.offset()));
        }
    }

    @Override
    public void close() {
        reader.close();
        values.close();
    }
}
