package dev.millrace.trainer.judge;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.CommittedReader.Reach;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.AcceptedSample;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Keeps a sliding window over the {@code holdout} topic. Reads only when asked, starting {@code capacity} records before
 * the end of each partition.
 */
public final class KafkaHoldout implements HoldoutSource {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final String topic;
    private final int capacity;
    private final CommittedReader reader;
    private final Deserializer<AcceptedSample> decoder;
    private final Deque<AcceptedSample> window = new ArrayDeque<>();

    public KafkaHoldout(KafkaConfig kafka, int capacity) {
        this.topic = kafka.topics().holdout();
        this.capacity = capacity;
        this.decoder = new AvroSerdes(kafka).deserializer(AcceptedSample.class);
        this.reader = new CommittedReader(kafka, List.of(topic), (partition, first, end) -> end - capacity);
    }

    @Override
    public List<AcceptedSample> newest() {
        Deque<AcceptedSample> fresh = new ArrayDeque<>();
        Reach reach = reader.readNew(LIMIT, entry -> keep(fresh, decoder.deserialize(topic, entry.value())));
        fresh.forEach(sample -> keep(window, sample));
        if (reach == Reach.LIMIT) {
            throw new TimeoutException("the end of " + topic + " was not reached within " + LIMIT);
        }
        return List.copyOf(window);
    }

    private void keep(Deque<AcceptedSample> samples, AcceptedSample sample) {
        samples.addLast(sample);
        if (samples.size() > capacity) {
            samples.removeFirst();
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
