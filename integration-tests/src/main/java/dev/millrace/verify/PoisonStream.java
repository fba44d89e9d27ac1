package dev.millrace.verify;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.RejectReason;
import dev.millrace.standalone.quickstart.Gloss;
import dev.millrace.standalone.quickstart.WordNetGlosses;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends good samples with bad ones among them, and keeps account of what must become of each. Good ones are of three schema
 * versions, under keys of all kinds, some with absurd times, some sent twice. Owned by one thread, which closes it.
 */
final class PoisonStream implements AutoCloseable {
    private static final double SHARE_OF_BAD = 0.05;
    private static final double SHARE_OF_REPEATED = 0.05;
    private static final double SHARE_OF_OTHER_VERSION = 0.2;
    private static final double SHARE_OF_FAR_TIMES = 0.02;
    private static final Duration YEARS_AHEAD = Duration.ofDays(10_000);

    private final String topic;
    private final InputKind input;
    private final Random random;
    private final List<Gloss> glosses;
    private final PoisonBytes bytes;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<Place, RejectReason> letters = new ConcurrentHashMap<>();
    private final Map<String, Integer> acceptances = new HashMap<>();
    private final List<String> earlier = new ArrayList<>();
    private final List<String> present = new ArrayList<>();
    private final Set<String> repeatedLater = new HashSet<>();
    private int good;
    private int bad;
    private int duplicates;

    /** Where a record came to lie. */
    record Place(int partition, long offset) {}

    /** The same seed sends the same records. */
    PoisonStream(KafkaConfig kafka, InputKind input, long seed) {
        this.topic = kafka.topics().samples();
        this.input = input;
        this.random = new Random(seed);
        this.glosses = WordNetGlosses.shuffled(seed);
        this.bytes = new PoisonBytes(kafka, input, seed);
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /**
     * Sends records and returns when the broker has them.
     *
     * @param at their timestamp
     */
    void send(int records, Instant at) {
        for (int i = 0; i < records; i++) {
            if (random.nextDouble() < SHARE_OF_BAD) {
                sendBad(at);
            } else if (!present.isEmpty() && random.nextDouble() < SHARE_OF_REPEATED) {
                sendAgain(present.get(random.nextInt(present.size())), at);
            } else {
                sendNew(at);
            }
        }
        producer.flush();
    }

    /** What was sent so far lies outside the dedupe window of what follows; some of it is sent once more at once. */
    void leaveWindow(Instant at) {
        earlier.addAll(present);
        present.clear();
        for (String id : earlier) {
            if (random.nextDouble() < SHARE_OF_REPEATED && repeatedLater.add(id)) {
                acceptances.merge(id, 1, Integer::sum);
                good++;
                present.add(id);
                sendGood(id, at);
            }
        }
        producer.flush();
    }

    private void sendBad(Instant at) {
        List<BadInput> kinds = BadInput.of(input);
        BadInput kind = kinds.get(bad++ % kinds.size());
        byte[] value = bytes.bad(kind, "bad-" + bad);
        Future<RecordMetadata> unusedSinceTold = producer.send(
                new ProducerRecord<>(topic, null, at.toEpochMilli(), key("bad-" + bad), value), (place, failure) -> {
                    if (failure != null) {
                        throw new IllegalStateException(kind + " was not sent", failure);
                    }
                    letters.put(new Place(place.partition(), place.offset()), kind.cause());
                });
    }

    private void sendAgain(String id, Instant at) {
        duplicates++;
        sendGood(id, at);
    }

    private void sendNew(Instant at) {
        String id = "sample-" + acceptances.size();
        acceptances.put(id, 1);
        good++;
        present.add(id);
        sendGood(id, at);
    }

    private void sendGood(String id, Instant at) {
        Gloss gloss = glosses.get(Math.floorMod(id.hashCode(), glosses.size()));
        long timestamp = timestamp(at).toEpochMilli();
        Future<RecordMetadata> unusedSinceFlushed =
                producer.send(new ProducerRecord<>(topic, null, timestamp, key(id), value(id, gloss)));
    }

    /** Once nothing depends on the window any more, some records are dated years ahead. */
    private Instant timestamp(Instant at) {
        boolean isAhead = !earlier.isEmpty() && random.nextDouble() < SHARE_OF_FAR_TIMES;
        return isAhead ? at.plus(YEARS_AHEAD) : at;
    }

    private byte[] value(String id, Gloss gloss) {
        if (input == InputKind.TEXT && random.nextDouble() < SHARE_OF_OTHER_VERSION) {
            return random.nextBoolean()
                    ? bytes.older(id, gloss.label(), gloss.text())
                    : bytes.newer(id, gloss.label(), gloss.text());
        }
        Instant eventTime = Instant.EPOCH.plus(Duration.ofDays(20_000));
        if (random.nextDouble() < SHARE_OF_FAR_TIMES) {
            eventTime = Instant.ofEpochMilli(random.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE);
        }
        return bytes.good(id, eventTime, gloss.label(), gloss.text());
    }

    private byte @Nullable [] key(String id) {
        return switch (random.nextInt(3)) {
            case 0 -> null;
            case 1 -> ("user" + random.nextInt(100)).getBytes(StandardCharsets.UTF_8);
            default -> id.getBytes(StandardCharsets.UTF_8);
        };
    }

    /** Labels of the good samples. */
    List<String> labels() {
        return glosses.stream().map(Gloss::label).distinct().toList();
    }

    /** The cause that the record at each place must be refused with. */
    Map<Place, RejectReason> letters() {
        return Map.copyOf(letters);
    }

    /** How often each id must be accepted: once, or twice when it came again outside the dedupe window. */
    Map<String, Integer> acceptances() {
        return Map.copyOf(acceptances);
    }

    int good() {
        return good;
    }

    int bad() {
        return bad;
    }

    int duplicates() {
        return duplicates;
    }

    int records() {
        return good + bad + duplicates;
    }

    @Override
    public void close() {
        producer.close();
        bytes.close();
    }
}
