package dev.millrace.scenario;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.quickstart.Gloss;
import dev.millrace.standalone.quickstart.WordNetGlosses;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends samples with known ids, some of them twice and some of them damaged, and keeps account of what the broker
 * acknowledged. Texts and labels are WordNet glosses. Sending belongs to one thread; the account may be read by any.
 */
public final class SampleFeed implements AutoCloseable {
    private static final int ONE_DAMAGED_IN = 20;
    private static final int ONE_REPEATED_IN = 10;
    /** Longer than any outage of a scenario, so that what was sent is acknowledged in the end. */
    private static final int PATIENCE_MILLIS = 300_000;

    private final String topic;
    private final Random random;
    private final List<Gloss> glosses;
    private final Serializer<LabelledSample> serializer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Account account = new Account();
    private int sent;

    /** The same seed sends the same records. */
    public SampleFeed(KafkaConfig kafka, long seed) {
        topic = kafka.topics().samples();
        random = new Random(seed);
        glosses = WordNetGlosses.shuffled(seed);
        serializer = new AvroSerdes(kafka).serializer();
        Map<String, Object> settings = new HashMap<>(kafka.properties());
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MILLIS);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Where one record came to lie. */
    public record Place(int partition, long offset) {}

    /** What the broker acknowledged. Thread-safe. */
    public static final class Account {
        private final Set<String> ids = new HashSet<>();
        private final Set<Place> damaged = new HashSet<>();
        private final Set<String> unanswered = new HashSet<>();
        private long records;

        /** Ids of good samples, once each. */
        public synchronized Set<String> ids() {
            return Set.copyOf(ids);
        }

        /** Places of damaged records. */
        public synchronized Set<Place> damaged() {
            return Set.copyOf(damaged);
        }

        /** Ids that were sent and not acknowledged: they may be in the topic or not. */
        public synchronized Set<String> unanswered() {
            return Set.copyOf(unanswered);
        }

        /** All acknowledged records, repeated and damaged ones too. */
        public synchronized long records() {
            return records;
        }

        private synchronized void good(String id, @Nullable Exception failure) {
            if (failure == null) {
                records++;
                ids.add(id);
            } else {
                unanswered.add(id);
            }
        }

        private synchronized void damaged(RecordMetadata place, @Nullable Exception failure) {
            if (failure == null) {
                records++;
                damaged.add(new Place(place.partition(), place.offset()));
            }
        }
    }

    /** Hands records over for sending and returns; one in ten repeats an id, one in twenty is damaged. */
    public void send(int records) {
        for (int i = 0; i < records; i++) {
            if (random.nextInt(ONE_DAMAGED_IN) == 0) {
                sendDamaged();
            } else if (sent > 0 && random.nextInt(ONE_REPEATED_IN) == 0) {
                sendSample(random.nextInt(sent));
            } else {
                sendSample(sent++);
            }
        }
    }

    /** Waits until everything handed over is acknowledged or given up. */
    public void flush() {
        producer.flush();
    }

    public Account account() {
        return account;
    }

    private void sendSample(int number) {
        Gloss gloss = glosses.get(number % glosses.size());
        String id = "sample-" + number;
        send(id, serializer.serialize(topic, sample(id, gloss.label(), gloss.text())));
    }

    /**
     * A good sample of a later schema, which a batch former has not seen. The schema is registered by this call; the sample
     * is sent when the result is run.
     */
    public Runnable laterSchema(KafkaConfig kafka) {
        String id = "later-" + sent++;
        Schema later = laterSchema();
        GenericRecord sample = new GenericData.Record(later);
        sample.put("id", id);
        sample.put("eventTime", 0L);
        sample.put("label", glosses.get(0).label());
        sample.put("text", glosses.get(0).text());
        byte[] value;
        try (var generic = new KafkaAvroSerializer()) {
            generic.configure(Map.of("schema.registry.url", kafka.registryUrl()), false);
            value = generic.serialize(topic, sample);
        }
        return () -> send(id, value);
    }

    /** The sample's schema with one more field, which readers of today ignore. */
    private static Schema laterSchema() {
        return SchemaBuilder.record("LabelledSample")
                .namespace(LabelledSample.class.getPackageName())
                .fields()
                .requiredString("id")
                .name("eventTime")
                .type(LabelledSample.SCHEMA$.getField("eventTime").schema())
                .noDefault()
                .optionalString("label")
                .optionalString("text")
                .optionalString("origin")
                .endRecord();
    }

    private void send(String id, byte[] value) {
        Future<RecordMetadata> unusedSinceTold = producer.send(
                new ProducerRecord<>(topic, id.getBytes(StandardCharsets.UTF_8), value),
                (place, failure) -> account.good(id, failure));
    }

    private void sendDamaged() {
        byte[] value = switch (random.nextInt(3)) {
            case 0 -> "no Avro at all".getBytes(StandardCharsets.UTF_8);
            case 1 -> serializer.serialize(topic, sample("unlabelled", null, "a text without a label"));
            default -> {
                byte[] whole = serializer.serialize(topic, sample("cut", "noun.act", "a text cut short"));
                yield Arrays.copyOf(whole, whole.length / 2);
            }
        };
        Future<RecordMetadata> unusedSinceTold =
                producer.send(new ProducerRecord<>(topic, value), (place, failure) -> account.damaged(place, failure));
    }

    private static LabelledSample sample(String id, @Nullable String label, String text) {
        return new LabelledSample(id, Instant.EPOCH, label, text, null, null, Map.of());
    }

    @Override
    public void close() {
        producer.close();
        serializer.close();
    }
}
