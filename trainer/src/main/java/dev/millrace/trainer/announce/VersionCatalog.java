package dev.millrace.trainer.announce;

import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * The published versions of one model, which of them are judged, and the one that is to be served. Not thread-safe; owned by
 * the thread that refreshes it, which also closes it.
 */
public interface VersionCatalog extends AutoCloseable {
    /** Key of a manifest in the snapshots topic. */
    static String key(String model, long version) {
        return model + ":" + version;
    }

    /**
     * Reads everything that was committed before the call, waiting at most {@code limit}.
     *
     * @return whether the end was reached; false when the topics do not exist yet or the limit came first
     */
    boolean refresh(Duration limit);

    /** Every published version that is still listed, by version. */
    NavigableMap<Long, SnapshotManifest> manifests();

    /** The newest promotion; empty while only the base model was ever served. */
    Optional<Promotion> promotion();

    /** Whether the version has a verdict that is not older than this manifest of it. */
    boolean isJudged(SnapshotManifest manifest);

    @Override
    void close();
}
