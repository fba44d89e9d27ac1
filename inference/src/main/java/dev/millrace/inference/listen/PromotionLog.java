package dev.millrace.inference.listen;

import dev.millrace.contract.Topics;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What both topics say about one model: its last promotion and its manifests, kept as bytes and read when they are wanted.
 * Owned by the listening thread.
 */
final class PromotionLog {
    /** Where a promotion and its manifest stand; a later record of either is news. */
    private record Place(long promotionOffset, long manifestOffset) {}

    private record Entry(byte[] value, long offset) {}

    private static final long NONE = -1;

    private final Topics topics;
    private final String promotionKey;
    private final String manifestPrefix;
    private final ValueReader<Promotion> promotions;
    private final ValueReader<SnapshotManifest> snapshots;
    private final Map<Long, Entry> manifests = new HashMap<>();
    private @Nullable Entry lastPromotion;
    private @Nullable Place told;
    private boolean changed = true;

    PromotionLog(
            Topics topics, String model, ValueReader<Promotion> promotions, ValueReader<SnapshotManifest> snapshots) {
        this.topics = topics;
        this.promotionKey = model;
        this.manifestPrefix = model + ":";
        this.promotions = promotions;
        this.snapshots = snapshots;
    }

    /** Forgets the records, but not what was told: the topics are read again from the beginning. */
    void restart() {
        manifests.clear();
        lastPromotion = null;
        changed = true;
    }

    /** Takes in one record of either topic; those of other models are passed over. */
    void accept(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return;
        }
        changed = true;
        String key = new String(record.key(), StandardCharsets.UTF_8);
        Entry entry = record.value() == null ? null : new Entry(record.value(), record.offset());
        if (record.topic().equals(topics.promotions()) && key.equals(promotionKey)) {
            lastPromotion = entry;
        } else if (record.topic().equals(topics.snapshots()) && key.startsWith(manifestPrefix)) {
            version(key.substring(manifestPrefix.length())).ifPresent(version -> put(version, entry));
        }
    }

    private void put(long version, @Nullable Entry entry) {
        if (entry == null) {
            manifests.remove(version);
        } else {
            manifests.put(version, entry);
        }
    }

    private static Optional<Long> version(String digits) {
        try {
            return Optional.of(Long.parseLong(digits));
        } catch (NumberFormatException e) {
            return Optional.empty(); // a key of somebody else
        }
    }

    /**
     * What is wanted, if that is news since the last call.
     *
     * @throws RegistryUnavailableException when the records cannot be read now; then nothing counts as told
     */
    Optional<Wanted> news() {
        if (!changed) {
            return Optional.empty();
        }
        Entry promoted = lastPromotion;
        Optional<Promotion> promotion = promoted == null ? Optional.empty() : promotions.read(promoted.value);
        if (promoted != null && promotion.isEmpty()) {
            changed = false;
            return Optional.empty(); // unreadable: what is served stays
        }
        long version = promotion.map(Promotion::getVersion).orElse(0L);
        Entry manifest = version == 0 ? null : manifests.get(version);
        Place place = new Place(promoted == null ? NONE : promoted.offset, manifest == null ? NONE : manifest.offset);
        Optional<Wanted> news = Optional.empty();
        if (!place.equals(told)) {
            news = Optional.of(
                    new Wanted(version, manifest == null ? Optional.empty() : snapshots.read(manifest.value)));
        }
        told = place;
        changed = false;
        return news;
    }
}
