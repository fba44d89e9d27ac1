package dev.millrace.contract;

import dev.millrace.contract.CommittedReader.Reach;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * The published versions of one model and the one that is to be served, read from the compacted topics {@code snapshots}
 * and {@code promotions}. Not thread-safe; owned by the thread that refreshes it, which also closes it.
 *
 * <p>{@link #refresh} throws Kafka's own exceptions while a broker is away, and its serialization exception while the
 * registry is; both may be tried again.
 */
public final class VersionCatalog implements AutoCloseable {
    private final String model;
    private final Topics topics;
    private final CommittedReader reader;
    private final Deserializer<SnapshotManifest> manifestDecoder;
    private final Deserializer<Promotion> promotionDecoder;
    private final TreeMap<Long, SnapshotManifest> manifests = new TreeMap<>();
    private Optional<Promotion> promotion = Optional.empty();

    public VersionCatalog(KafkaConfig kafka, String model) {
        this.model = model;
        this.topics = kafka.topics();
        AvroSerdes serdes = new AvroSerdes(kafka);
        this.manifestDecoder = serdes.deserializer(SnapshotManifest.class);
        this.promotionDecoder = serdes.deserializer(Promotion.class);
        this.reader = new CommittedReader(kafka, List.of(topics.snapshots(), topics.promotions()));
    }

    /** Key of a manifest in the snapshots topic. */
    public static String key(String model, long version) {
        return model + ":" + version;
    }

    /**
     * Reads everything that was committed before the call, waiting at most {@code limit}.
     *
     * @return whether the end was reached; false when the topics do not exist yet or the limit came first
     */
    public boolean refresh(Duration limit) {
        return reader.readNew(limit, this::accept) == Reach.END;
    }

    /** Every published version that is still listed, by version. */
    public NavigableMap<Long, SnapshotManifest> manifests() {
        return new TreeMap<>(manifests);
    }

    /** The newest promotion; empty while only the base model was ever served. */
    public Optional<Promotion> promotion() {
        return promotion;
    }

    @Override
    public void close() {
        reader.close();
        manifestDecoder.close();
        promotionDecoder.close();
    }

    private void accept(ConsumerRecord<byte[], byte[]> entry) {
        String key = new String(entry.key(), StandardCharsets.UTF_8);
        if (entry.topic().equals(topics.promotions())) {
            if (key.equals(model)) {
                promotion = Optional.ofNullable(promotionDecoder.deserialize(entry.topic(), entry.value()));
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
