package dev.millrace.trainer.announce;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.contract.Topics;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Announces through one transactional producer for the life of this object. Its transactional id is the model's, so a trainer
 * that starts later fences this one off at its next announcement. After a fault the same producer settles its transaction
 * and goes on: a new one would fence off the later trainer instead.
 */
public final class KafkaAnnouncer implements Announcer {
    /** Brokers that are away for longer in the midst of a transaction end it, which looks like a takeover. */
    private static final int OUTAGE_MILLIS = 300_000;
    /** Without a limit it waits for brokers until they are back. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final Topics topics;
    private final Map<String, Object> properties;
    private final Serializer<SpecificRecord> encoder;
    private final String model;
    private @Nullable KafkaProducer<String, byte[]> producer;
    private Transaction transaction = Transaction.SETTLED;

    /** How the last transaction ended. */
    private enum Transaction {
        SETTLED,
        TO_ABORT,
        /** The commit was sent and not answered: only a commit may follow. */
        TO_COMMIT
    }

    public KafkaAnnouncer(KafkaConfig kafka, String model) {
        this.topics = kafka.topics();
        this.model = model;
        this.encoder = new AvroSerdes(kafka).serializer();
        this.properties = new HashMap<>(kafka.properties());
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, kafka.topicPrefix() + "trainer-" + model);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, TopicProvisioner.LARGE_RECORD_BYTES);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, OUTAGE_MILLIS);
    }

    @Override
    public void claim() {
        KafkaProducer<String, byte[]> unused = producer();
    }

    @Override
    public void published(SnapshotManifest manifest) {
        String key = VersionCatalog.key(manifest.getModel(), manifest.getVersion());
        send(List.of(entry(topics.snapshots(), key, manifest)));
    }

    @Override
    public void judged(EvaluationReport report, Optional<Promotion> promotion) {
        List<ProducerRecord<String, byte[]>> entries = new ArrayList<>();
        entries.add(entry(topics.evaluations(), report.getModel(), report));
        promotion.ifPresent(next -> entries.add(entry(topics.promotions(), next.getModel(), next)));
        send(entries);
    }

    @Override
    public void withdrawn(String model, Collection<Long> versions) {
        List<ProducerRecord<String, byte[]>> entries = new ArrayList<>();
        for (long version : versions) {
            entries.add(new ProducerRecord<>(topics.snapshots(), VersionCatalog.key(model, version), null));
        }
        send(entries);
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(CLOSE_LIMIT);
        }
    }

    private ProducerRecord<String, byte[]> entry(String topic, String key, SpecificRecord value) {
        return new ProducerRecord<>(topic, key, encoder.serialize(topic, value));
    }

    private void send(List<ProducerRecord<String, byte[]>> entries) {
        KafkaProducer<String, byte[]> open = producer();
        try {
            settle(open);
            open.beginTransaction();
            transaction = Transaction.TO_ABORT;
            for (ProducerRecord<String, byte[]> entry : entries) {
                Future<RecordMetadata> unusedUntilCommit = open.send(entry); // A failure is thrown by the commit.
            }
            commit(open);
        } catch (KafkaException e) {
            throw isFenced(e) ? takenOver(e) : e;
        }
    }

    private static boolean isFenced(@Nullable Throwable e) {
        return e != null
                && (e instanceof ProducerFencedException
                        || e instanceof InvalidProducerEpochException
                        || isFenced(e.getCause()));
    }

    private TakenOverException takenOver(KafkaException e) {
        return new TakenOverException(
                "Another trainer of model \"" + model + "\" has taken over; this one announces nothing any more."
                        + " Run one trainer for a model, or give this one another model name",
                e);
    }

    private void settle(KafkaProducer<String, byte[]> open) {
        switch (transaction) {
            case SETTLED -> {}
            case TO_ABORT -> open.abortTransaction();
            case TO_COMMIT -> commit(open);
        }
        transaction = Transaction.SETTLED;
    }

    private void commit(KafkaProducer<String, byte[]> open) {
        try {
            open.commitTransaction();
        } catch (TimeoutException | InterruptException e) {
            transaction = Transaction.TO_COMMIT;
            throw e;
        } catch (KafkaException e) {
            transaction = Transaction.TO_ABORT; // A record's time was over before the commit went out: it never will.
            throw e;
        }
        transaction = Transaction.SETTLED;
    }

    private KafkaProducer<String, byte[]> producer() {
        if (producer == null) {
            KafkaProducer<String, byte[]> opened =
                    new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
            try {
                opened.initTransactions();
            } catch (KafkaException e) {
                opened.close(CLOSE_LIMIT);
                throw e;
            }
            producer = opened;
        }
        return producer;
    }
}
