package dev.millrace.trainer.announce;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.CommittedReader.Reach;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Topics;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads the catalog from the topics {@code snapshots}, {@code promotions} and {@code evaluations}.
 *
 * <p>{@link #refresh} throws Kafka's own exceptions while a broker is away, and its serialization exception while the
 * registry is; both may be tried again.
 */
public final class KafkaVersionCatalog implements VersionCatalog {
    private final String model;
    private final Topics topics;
    private final CommittedReader reader;
    private final Deserializer<SnapshotManifest> manifestDecoder;
    private final Deserializer<Promotion> promotionDecoder;
    private final Deserializer<EvaluationReport> reportDecoder;
    private final TreeMap<Long, SnapshotManifest> manifests = new TreeMap<>();
    private final Map<Long, Instant> judgedAt = new HashMap<>();
    private Optional<Promotion> promotion = Optional.empty();

    public KafkaVersionCatalog(KafkaConfig kafka, String model) {
        this.model = model;
        this.topics = kafka.topics();
        AvroSerdes serdes = new AvroSerdes(kafka);
        this.manifestDecoder = serdes.deserializer(SnapshotManifest.class);
        this.promotionDecoder = serdes.deserializer(Promotion.class);
        this.reportDecoder = serdes.deserializer(EvaluationReport.class);
        this.reader =
                new CommittedReader(kafka, List.of(topics.snapshots(), topics.promotions(), topics.evaluations()));
    }

    @Override
    public boolean refresh(Duration limit) {
        return reader.readNew(limit, this::accept) == Reach.END;
    }

    @Override
    public NavigableMap<Long, SnapshotManifest> manifests() {
        return new TreeMap<>(manifests);
    }

    @Override
    public Optional<Promotion> promotion() {
        return promotion;
    }

    @Override
    public boolean isJudged(SnapshotManifest manifest) {
        Instant at = judgedAt.get(manifest.getVersion());
        return at != null && !at.isBefore(manifest.getCreatedAt());
    }

    @Override
    public void close() {
        reader.close();
        manifestDecoder.close();
        promotionDecoder.close();
        reportDecoder.close();
    }

    private void accept(ConsumerRecord<byte[], byte[]> entry) {
        String key = new String(entry.key(), StandardCharsets.UTF_8);
        if (entry.topic().equals(topics.promotions())) {
            if (key.equals(model)) {
                promotion = Optional.ofNullable(promotionDecoder.deserialize(entry.topic(), entry.value()));
            }
        } else if (entry.topic().equals(topics.evaluations())) {
            if (key.equals(model)) {
                Optional.ofNullable(reportDecoder.deserialize(entry.topic(), entry.value()))
                        .ifPresent(report -> judgedAt.put(report.getVersion(), report.getAt()));
            }
        } else if (key.startsWith(model + ":")) {
            long version = Long.parseLong(key.substring(model.length() + 1));
            SnapshotManifest manifest = manifestDecoder.deserialize(entry.topic(), entry.value());
            if (manifest == null) {
                manifests.remove(version);
            } else {
                manifests.put(version, manifest);
            }
        }
    }
}
