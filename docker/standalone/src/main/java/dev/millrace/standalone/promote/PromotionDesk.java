package dev.millrace.standalone.promote;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.standalone.topics.TopicReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Reads what is known of a model and writes promotions. Owned by one thread; holds nothing open. */
public final class PromotionDesk {
    private final KafkaConfig kafka;
    private final Duration limit;

    /** @param limit how long broker and registry may take for one answer */
    public PromotionDesk(KafkaConfig kafka, Duration limit) {
        this.kafka = kafka;
        this.limit = limit;
    }

    /**
     * What is known of a model.
     *
     * @param asked name of the model; empty takes the only one there is
     * @throws StartupException when there is no such model, or several and none was asked for
     */
    public ModelVersions versions(Optional<String> asked) {
        return versionsIfAny(asked)
                .orElseThrow(() -> new StartupException("no version of any model is published yet in "
                        + kafka.topics().snapshots() + "; is --topic-prefix another?"));
    }

    /** As {@link #versions}, but empty where no model has any. */
    public Optional<ModelVersions> versionsIfAny(Optional<String> asked) {
        List<SnapshotManifest> manifests = values(kafka.topics().snapshots(), SnapshotManifest.class);
        List<Promotion> promotions = values(kafka.topics().promotions(), Promotion.class);
        List<EvaluationReport> evaluations = values(kafka.topics().evaluations(), EvaluationReport.class);
        var models = new TreeSet<String>();
        manifests.forEach(manifest -> models.add(manifest.getModel()));
        promotions.forEach(promotion -> models.add(promotion.getModel()));
        if (models.isEmpty()) {
            return Optional.empty();
        }
        String model = choose(asked, models);
        return Optional.of(new ModelVersions(
                model,
                manifests.stream().filter(m -> m.getModel().equals(model)).toList(),
                promotions.stream().filter(p -> p.getModel().equals(model)).toList(),
                evaluations.stream().filter(e -> e.getModel().equals(model)).toList()));
    }

    /** Writes the promotion; it is stored when this returns. */
    public void write(Promotion promotion) throws InterruptedException {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, limit.toMillis());
        try (var producer = new KafkaProducer<String, Promotion>(
                properties, new StringSerializer(), new AvroSerdes(kafka).serializer())) {
            producer.send(new ProducerRecord<>(kafka.topics().promotions(), promotion.getModel(), promotion))
                    .get();
        } catch (java.util.concurrent.ExecutionException e) {
            throw new KafkaException("the promotion was not stored: " + e.getCause(), e.getCause());
        }
    }

    private static String choose(Optional<String> asked, NavigableSet<String> models) {
        if (asked.isEmpty() && models.size() > 1) {
            throw new StartupException(
                    "several models are published, name one with --model: " + String.join(", ", models));
        }
        String model = asked.orElse(models.first());
        if (!models.contains(model)) {
            throw new StartupException("no model " + model + "; published are " + String.join(", ", models));
        }
        return model;
    }

    private <T extends SpecificRecord> List<T> values(String topic, Class<T> type) {
        try (var reader = new TopicReader<>(kafka, topic, type)) {
            return reader.readNew(limit).stream().map(TopicReader.Entry::value).toList();
        }
    }
}
