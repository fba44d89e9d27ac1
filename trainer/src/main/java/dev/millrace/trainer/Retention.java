package dev.millrace.trainer;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import dev.millrace.trainer.announce.Announcer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Keeps the newest versions and the served one; withdraws the others and deletes the blobs that nothing names any more.
 * Owned by the publishing thread.
 */
final class Retention {
    /** A blob younger than this stays: it may belong to a version that is just being built or fetched. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final SnapshotStore store;
    private final Announcer announcer;
    private final String model;
    private final int keep;

    /**
     * @param store blobs of this model alone
     * @param keep newest versions that stay beside the served one
     */
    Retention(SnapshotStore store, Announcer announcer, String model, int keep) {
        this.store = store;
        this.announcer = announcer;
        this.model = model;
        this.keep = keep;
    }

    /**
     * Withdraws what is too old.
     *
     * @param listed every listed version
     * @param served stays, however old
     */
    void apply(NavigableMap<Long, SnapshotManifest> listed, long served, Instant now) throws IOException {
        NavigableMap<Long, SnapshotManifest> manifests = new TreeMap<>(listed);
        List<Long> old = manifests.descendingKeySet().stream()
                .skip(keep)
                .filter(version -> version != served)
                .toList();
        if (old.isEmpty()) {
            return;
        }
        announcer.withdrawn(model, old);
        manifests.keySet().removeAll(old);
        Set<String> named = new HashSet<>();
        for (SnapshotManifest manifest : manifests.values()) {
            named.add(manifest.getGraphSha256());
            if (manifest.getTokenizerSha256() != null) {
                named.add(manifest.getTokenizerSha256());
            }
            if (manifest.getPreprocessingSha256() != null) {
                named.add(manifest.getPreprocessingSha256());
            }
            manifest.getTensors().stream().map(TensorReference::getSha256).forEach(named::add);
        }
        store.retainOnly(named, now.minus(GRACE).toEpochMilli());
    }
}
