package dev.millrace.standalone.deadletters;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.CommittedReader.Reach;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.schemas.DeadLetter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads the dead-letters topic from its beginning, one letter at a time. Holds nothing open between calls. */
public final class LetterBox {
    private final KafkaConfig kafka;
    private final LetterRecords records;
    private final Duration limit;

    /**
     * @param records finds ids for filters that ask for one; stays open as long as this is used
     * @param limit longest time without an answer of the broker
     */
    public LetterBox(KafkaConfig kafka, LetterRecords records, Duration limit) {
        this.kafka = kafka;
        this.records = records;
        this.limit = limit;
    }

    /** Hands over every letter, oldest first, and again those that are meant; throws as the other. */
    void forEach(Consumer<Letter> takeAll, LetterFilter filter, Consumer<Letter> take) {
        forEach(letter -> {
            takeAll.accept(letter);
            if (filter.matches(letter, records::id)) {
                take.accept(letter);
            }
        });
    }

    private void forEach(Consumer<Letter> take) {
        String topic = kafka.topics().deadLetters();
        try (CommittedReader reader = new CommittedReader(kafka, List.of(topic));
                Deserializer<DeadLetter> values = new AvroSerdes(kafka).deserializer(DeadLetter.class)) {
            Reach reach = reader.readAll(limit, entry -> {
                DeadLetter content = values.deserialize(topic, entry.value());
                if (content != null) {
                    take.accept(new Letter(content, Place.repeatedBy(entry.headers())));
                }
            });
            if (reach == Reach.TOPIC_MISSING) {
                throw new StartupException("topic " + topic + " does not exist; is --topic-prefix another?");
            }
            if (reach == Reach.LIMIT) {
                throw new TimeoutException(
                        "no record of " + topic + " came within " + limit.toSeconds() + " s; raise --timeout");
            }
        }
    }

    /**
     * Hands over the letters that are meant, oldest first.
     *
     * @throws StartupException when there is no such topic
     */
    public void forEach(LetterFilter filter, Consumer<Letter> take) {
        forEach(letter -> {}, filter, take);
    }

    /** The newest letters that are meant, oldest first, at most {@code most}. */
    public List<Letter> newest(LetterFilter filter, int most) {
        Deque<Letter> newest = new ArrayDeque<>();
        forEach(filter, letter -> {
            newest.addLast(letter);
            if (newest.size() > most) {
                newest.removeFirst();
            }
        });
        return new ArrayList<>(newest);
    }
}
