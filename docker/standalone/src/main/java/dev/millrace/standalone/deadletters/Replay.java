package dev.millrace.standalone.deadletters;

import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends dead letters to the samples topic again. Owned by one thread; holds nothing open between calls.
 *
 * <p>A second replay changes nothing, inside the dedupe window and outside it: each replayed record names, in the header
 * {@link Place#HEADER}, the place of the record it repeats. It goes to the partition it came from, behind that record. So a
 * look through that partition from there on finds every replay there ever was, as long as the topic still holds what
 * followed the record; where it does not, the letter is left alone. What came of a replay and was refused again is left
 * alone too. Both are replayed when {@code again} is asked for; for the first of them the dedupe window alone protects then.
 */
public final class Replay {
    /** As large as a dead letter may be. */
    private final KafkaConfig kafka;

    private final LetterBox box;
    private final Duration limit;

    /** @param limit longest time without an answer of the broker */
    public Replay(KafkaConfig kafka, LetterBox box, Duration limit) {
        this.kafka = kafka;
        this.box = box;
        this.limit = limit;
    }

    /**
     * What is to be done.
     *
     * @param again also {@link ReplayOutcome#REFUSED_AGAIN} and {@link ReplayOutcome#MARK_MAY_BE_GONE}
     * @param dryRun says what would be done, sends nothing
     * @param most the newest letters that are meant, so many at most
     */
    public record Order(LetterFilter filter, boolean again, boolean dryRun, int most) {}

    /**
     * What the dead letters say. Not shared between threads.
     *
     * @param meant letters without their bytes, each place once: several models may have refused the same record
     * @param replayed places of records whose replay was refused again
     */
    public record Found(Map<Place, Letter> meant, Set<Place> replayed) {}

    /** Reads every dead letter once; sends nothing. */
    public Found find(Order order) {
        Map<Place, Letter> meant = new LinkedHashMap<>();
        Set<Place> replayed = new HashSet<>();
        box.forEach(letter -> letter.repeats().ifPresent(replayed::add), order.filter(), letter -> {
            meant.putIfAbsent(letter.place(), withoutBytes(letter));
            if (meant.size() > order.most()) {
                meant.remove(meant.keySet().iterator().next());
            }
        });
        return new Found(meant, replayed);
    }

    /** Does it; for each letter that was found, by the place of its record and oldest first, what became of it. */
    public Map<Place, ReplayOutcome> run(Order order, Found found) throws InterruptedException {
        Map<Place, Letter> meant = found.meant();
        Set<Place> replayed = new HashSet<>(found.replayed());
        Map<TopicPartition, Long> begins = lookForReplays(meant.keySet(), replayed);
        Map<Place, ReplayOutcome> outcomes = new LinkedHashMap<>();
        meant.forEach((place, letter) -> outcomes.put(place, judge(letter, order, replayed, begins)));
        if (!order.dryRun()) {
            send(order, outcomes);
        }
        return outcomes;
    }

    /** How often each outcome came up. */
    public static Map<ReplayOutcome, Long> tally(Map<Place, ReplayOutcome> outcomes) {
        Map<ReplayOutcome, Long> tally = new EnumMap<>(ReplayOutcome.class);
        for (ReplayOutcome outcome : ReplayOutcome.values()) {
            tally.put(
                    outcome, outcomes.values().stream().filter(outcome::equals).count());
        }
        return tally;
    }

    private static Letter withoutBytes(Letter letter) {
        if (letter.content().getValue() != null) {
            letter.content().setValue(ByteBuffer.allocate(0));
        }
        return letter;
    }

    /** Adds what was replayed since, and gives the oldest offset of each partition looked at. */
    private Map<TopicPartition, Long> lookForReplays(Set<Place> places, Set<Place> replayed) {
        if (places.isEmpty()) {
            return Map.of();
        }
        Map<TopicPartition, Long> lowest = new HashMap<>();
        places.forEach(place -> lowest.merge(place.topicPartition(), place.offset() + 1, Math::min));
        List<String> topics =
                lowest.keySet().stream().map(TopicPartition::topic).distinct().toList();
        Map<TopicPartition, Long> begins = new HashMap<>();
        CommittedReader.Span behind = (partition, first, end) -> {
            begins.put(partition, first);
            return lowest.getOrDefault(partition, end);
        };
        try (CommittedReader reader = new CommittedReader(kafka, topics, behind)) {
            CommittedReader.Reach reach = reader.readAll(
                    limit, entry -> Place.repeatedBy(entry.headers()).ifPresent(replayed::add));
            if (reach == CommittedReader.Reach.LIMIT) {
                throw new TimeoutException("no record of " + topics + " came within " + limit.toSeconds()
                        + " s; nothing was sent, raise --timeout");
            }
        }
        return begins;
    }

    private static ReplayOutcome judge(
            Letter letter, Order order, Set<Place> replayed, Map<TopicPartition, Long> begins) {
        if (!letter.hasRecord()) {
            return ReplayOutcome.NOT_KEPT;
        }
        Place place = letter.place();
        if (replayed.contains(place)) {
            return ReplayOutcome.ALREADY_REPLAYED;
        }
        if (order.again()) {
            return ReplayOutcome.REPLAYED;
        }
        if (letter.repeats().isPresent()) {
            return ReplayOutcome.REFUSED_AGAIN;
        }
        boolean isAllThere = begins.getOrDefault(place.topicPartition(), Long.MAX_VALUE) <= place.offset() + 1;
        return isAllThere ? ReplayOutcome.REPLAYED : ReplayOutcome.MARK_MAY_BE_GONE;
    }

    private void send(Order order, Map<Place, ReplayOutcome> outcomes) throws InterruptedException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        Set<Place> done = new HashSet<>();
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            box.forEach(order.filter(), letter -> {
                Place place = letter.place();
                if (outcomes.get(place) == ReplayOutcome.REPLAYED && done.add(place)) {
                    sent.add(producer.send(record(letter)));
                }
            });
            producer.flush();
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "not every letter was sent: " + e.getCause()
                            + "; run the replay again, it leaves out those that were",
                    e.getCause());
        }
    }

    private static ProducerRecord<byte[], byte[]> record(Letter letter) {
        Place place = letter.place();
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                place.topic(),
                place.partition(),
                bytes(letter.content().getKey()),
                bytes(letter.content().getValue()));
        record.headers().add(Place.HEADER, place.toString().getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private static byte @Nullable [] bytes(@Nullable ByteBuffer buffer) {
        return buffer == null ? null : Bytes.array(buffer);
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, TopicProvisioner.LARGE_RECORD_BYTES);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, limit.toMillis());
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
