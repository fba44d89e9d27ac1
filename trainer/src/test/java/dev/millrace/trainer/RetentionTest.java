package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.announce.Announcer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old versions go, with the blobs that nothing names any more, and with no others. */
class RetentionTest {
    /** Behind any time of grace. */
    private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");

    @TempDir
    Path directory;

    @Test
    void keepsTheNewestTheServedAndEveryBlobTheyName() throws Exception {
        StoredRelease release = new StoredRelease(Path.of("src/test/resources/release-0.1"));
        FileSnapshotStore store = new FileSnapshotStore(directory);
        Announcements announcements = new Announcements();
        List<SnapshotManifest> versions = new ArrayList<>();
        NavigableMap<Long, SnapshotManifest> listed = new TreeMap<>();
        for (long version = 1; version <= 4; version++) {
            versions.add(manifest(release, store, version));
            listed.put(version, versions.get((int) version - 1));
        }

        new Retention(store, announcements, "tiny", 2).apply(listed, 1, LATER);

        assertThat(announcements.withdrawn).containsExactly(2L);
        for (SnapshotManifest kept : List.of(versions.get(0), versions.get(2), versions.get(3))) {
            assertThat(List.of(
                            kept.getGraphSha256(),
                            kept.getTokenizerSha256(),
                            kept.getPreprocessingSha256(),
                            kept.getTensors().get(0).getSha256()))
                    .allSatisfy(address -> assertThat(store.get(address)).isPresent());
        }
        assertThat(store.get(versions.get(1).getGraphSha256())).isEmpty();
    }

    /** A version that shares no blob with the others. */
    private static SnapshotManifest manifest(StoredRelease release, FileSnapshotStore store, long version)
            throws IOException {
        SnapshotManifest manifest = release.manifest();
        manifest.setVersion(version);
        manifest.setGraphSha256(blob(store, "graph " + version));
        manifest.setTokenizerSha256(blob(store, "tokenizer " + version));
        manifest.setPreprocessingSha256(blob(store, "preprocessing " + version));
        manifest.getTensors().forEach(tensor -> tensor.setSha256(""));
        manifest.getTensors().get(0).setSha256(blob(store, "tensor " + version));
        return manifest;
    }

    private static String blob(FileSnapshotStore store, String content) throws IOException {
        return store.put(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
    }

    private static final class Announcements implements Announcer {
        private final List<Long> withdrawn = new ArrayList<>();

        @Override
        public void withdrawn(String model, Collection<Long> versions) {
            withdrawn.addAll(versions);
        }

        @Override
        public void claim() {}

        @Override
        public void published(SnapshotManifest manifest) {}

        @Override
        public void judged(EvaluationReport report, Optional<Promotion> promotion) {}

        @Override
        public void close() {}
    }
}
