package dev.millrace.verify;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.SnapshotStore;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * A reader of the snapshots topic that looks at once whether every blob of a new manifest is there, through all outages.
 * Has a thread of its own.
 */
final class ManifestWatch implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long RETRY_MILLIS = 100;

    private final KafkaConfig kafka;
    private final FileSnapshotStore store;
    private final Deserializer<SnapshotManifest> decoder;
    private final Thread thread = new Thread(this::run, "manifest-watch");
    private final Map<String, SnapshotManifest> listed = new TreeMap<>();
    /** Versions that named a missing blob when they were announced. */
    private final Set<String> dangling = new HashSet<>();

    private volatile boolean closing;
    private final AtomicInteger seen = new AtomicInteger();

    ManifestWatch(KafkaConfig kafka, Path store) {
        this.kafka = kafka;
        this.store = new FileSnapshotStore(store);
        this.decoder = new AvroSerdes(kafka).deserializer(SnapshotManifest.class);
        thread.setDaemon(true);
        thread.start();
    }

    /** Manifests read so far. */
    int seen() {
        return seen.get();
    }

    /**
     * Ends the watch and reads every blob of the versions that are still listed.
     *
     * @return versions that were announced with a missing blob, or have a missing or damaged one now
     */
    List<String> finish() throws InterruptedException, IOException {
        close();
        thread.join();
        Map<String, Boolean> verified = new HashMap<>();
        for (Map.Entry<String, SnapshotManifest> entry : listed.entrySet()) {
            for (String blob : blobs(entry.getValue())) {
                if (!verified.containsKey(blob)) {
                    verified.put(blob, isWhole(blob));
                }
                if (!verified.get(blob)) {
                    dangling.add(entry.getKey());
                }
            }
        }
        return List.copyOf(dangling);
    }

    private boolean isWhole(String blob) throws IOException {
        try {
            return store.get(blob).isPresent();
        } catch (SnapshotStore.CorruptBlobException e) {
            return false;
        }
    }

    @Override
    public void close() {
        closing = true;
    }

    private void run() {
        Map<String, Object> settings = new HashMap<>(kafka.properties());
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(kafka.topics().snapshots(), 0)));
            while (!closing) {
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(POLL)) {
                    look(entry);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(ConsumerRecord<byte[], byte[]> entry) throws InterruptedException {
        String version = new String(entry.key(), StandardCharsets.UTF_8);
        if (entry.value() == null) {
            listed.remove(version);
            return;
        }
        SnapshotManifest manifest = decode(entry);
        if (!blobs(manifest).stream().allMatch(store::contains)) {
            dangling.add(version);
        }
        listed.put(version, manifest);
        seen.incrementAndGet();
    }

    /** The registry may be away at this moment. */
    private SnapshotManifest decode(ConsumerRecord<byte[], byte[]> entry) throws InterruptedException {
        while (true) {
            try {
                return decoder.deserialize(entry.topic(), entry.value());
            } catch (KafkaException e) {
                TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            }
        }
    }

    private static List<String> blobs(SnapshotManifest manifest) {
        List<String> blobs = new ArrayList<>();
        blobs.add(manifest.getGraphSha256());
        if (manifest.getTokenizerSha256() != null) {
            blobs.add(manifest.getTokenizerSha256());
        }
        manifest.getTensors().stream().map(TensorReference::getSha256).forEach(blobs::add);
        return blobs;
    }
}
