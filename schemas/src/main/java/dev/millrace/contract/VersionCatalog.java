package dev.millrace.contract;

import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * The published versions of one model and the one that is to be served, read from the compacted topics {@code snapshots}
 * and {@code promotions}. Not thread-safe; owned by the thread that refreshes it, which also closes it.
 *
 * <p>{@link #refresh} throws Kafka's own exceptions while a broker is away, and its serialization exception while the
 * registry is; both may be tried again.
 */
public final class VersionCatalog implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String model;
    private final Topics topics;
    private final Map<String, Object> properties;
    private @Nullable KafkaConsumer<byte[], byte[]> opened;
    private final Deserializer<SnapshotManifest> manifestDecoder;
    private final Deserializer<Promotion> promotionDecoder;
    private final TreeMap<Long, SnapshotManifest> manifests = new TreeMap<>();
    private Optional<Promotion> promotion = Optional.empty();
    private boolean assigned;

    public VersionCatalog(KafkaConfig kafka, String model) {
        this.model = model;
        this.topics = kafka.topics();
        AvroSerdes serdes = new AvroSerdes(kafka);
        this.manifestDecoder = serdes.deserializer(SnapshotManifest.class);
        this.promotionDecoder = serdes.deserializer(Promotion.class);
        this.properties = new HashMap<>(kafka.properties());
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
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
        if (!assigned && !assign(limit)) {
            return false;
        }
        try {
            return readToEnd(limit);
        } catch (KafkaException e) {
            assigned = false; // Records of the last poll may be lost on us: the next call reads from the beginning.
            throw e;
        }
    }

    private boolean readToEnd(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        Map<TopicPartition, Long> ends = consumer().endOffsets(consumer().assignment(), limit);
        while (ends.entrySet().stream().anyMatch(end -> consumer().position(end.getKey(), limit) < end.getValue())) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            consumer().poll(POLL).forEach(this::accept);
        }
        return true;
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
        if (opened != null) {
            opened.close();
        }
    }

    private boolean assign(Duration limit) {
        Map<String, List<PartitionInfo>> known = consumer().listTopics(limit);
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : List.of(topics.snapshots(), topics.promotions())) {
            known.getOrDefault(topic, List.of())
                    .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        }
        if (!known.containsKey(topics.snapshots()) || !known.containsKey(topics.promotions())) {
            return false;
        }
        consumer().assign(partitions);
        consumer().seekToBeginning(partitions);
        assigned = true;
        return true;
    }

    private void accept(ConsumerRecord<byte[], byte[]> entry) {
        String key = new String(entry.key(), java.nio.charset.StandardCharsets.UTF_8);
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

    /** Opened when first needed: until its brokers can be resolved it cannot be. */
    private KafkaConsumer<byte[], byte[]> consumer() {
        if (opened == null) {
            opened = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
        return opened;
    }
}
