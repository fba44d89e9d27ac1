package dev.millrace.inference.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.Sha256;
import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SnapshotLoaderTest {
    @TempDir
    Path directory;

    @Test
    void loadsWhatATrainerStored() throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);
        SnapshotManifest manifest = TinySnapshot.store(store, 7, "cat", "dog", "eel");

        LoadResult result = new SnapshotLoader(store, InputKind.TEXT).load(manifest);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        try (EmbeddingModel model = ((LoadResult.Loaded) result).model()) {
            Encoded encoded = model.encode(EncoderInput.texts(List.of("w0 w5")));
            assertThat(model.version()).isEqualTo(7);
            assertThat(model.labels()).containsExactly("cat", "dog", "eel");
            assertThat(model.dimension()).isEqualTo(TinyEncoder.DIMENSION);
            assertThat(encoded.embeddings()[0]).hasSize(TinyEncoder.DIMENSION);
            assertThat(encoded.probabilities()[0]).hasSize(3);
        }
    }

    @Test
    void loadsASnapshotWithoutAHead() throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);

        LoadResult result = new SnapshotLoader(store, InputKind.TEXT).load(TinySnapshot.store(store, 7));

        try (EmbeddingModel model = ((LoadResult.Loaded) result).model()) {
            assertThat(model.labels()).isEmpty();
            assertThat(model.encode(EncoderInput.texts(List.of("w0"))).probabilities()[0])
                    .isEmpty();
        }
    }

    @Test
    void oneLoadDoesNotDisturbTheModelBefore() throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);
        SnapshotLoader loader = new SnapshotLoader(store, InputKind.TEXT);
        try (EmbeddingModel first = ((LoadResult.Loaded) loader.load(TinySnapshot.store(store, 1))).model()) {
            float[] before = first.encode(EncoderInput.texts(List.of("w0 w5"))).embeddings()[0];
            try (EmbeddingModel second = ((LoadResult.Loaded) loader.load(TinySnapshot.store(store, 2))).model()) {
                assertThat(first.encode(EncoderInput.texts(List.of("w0 w5"))).embeddings()[0])
                        .containsExactly(before);
                assertThat(second.encode(EncoderInput.texts(List.of("w0 w5"))).embeddings()[0])
                        .isNotEqualTo(before);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.millrace.inference.load.SpoiltSnapshots#all")
    void refusesASpoiltSnapshot(String kind, SwapOutcome outcome, String detail, SpoiltSnapshots.Damage damage)
            throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);
        SnapshotManifest manifest = TinySnapshot.store(store, 7, "cat", "dog");
        manifest.setTensors(new ArrayList<>(manifest.getTensors()));
        damage.apply(manifest, directory, store);

        LoadResult result = new SnapshotLoader(store, InputKind.TEXT).load(manifest);

        assertThat(result).as(kind).isInstanceOf(LoadResult.Refused.class);
        LoadResult.Refused refused = (LoadResult.Refused) result;
        assertThat(refused.outcome()).as(refused.detail()).isEqualTo(outcome);
        assertThat(refused.detail()).contains(detail);
        assertThat(refused.isWorthRetrying()).isEqualTo(outcome == SwapOutcome.BLOB_MISSING);
    }

    @Test
    void aStoreThatCannotBeReadIsWorthRetrying() throws Exception {
        SnapshotManifest manifest = TinySnapshot.store(new FileSnapshotStore(directory), 7, "cat");
        SnapshotStore broken = new SnapshotStore() {
            @Override
            public boolean contains(String sha256) {
                return true;
            }

            @Override
            public String put(ByteBuffer bytes) {
                return Sha256.of(bytes);
            }

            @Override
            public Optional<ByteBuffer> get(String sha256) throws IOException {
                throw new IOException("stale file handle");
            }

            @Override
            public int retainOnly(Set<String> keep, long olderThanMillis) {
                return 0;
            }
        };

        LoadResult.Refused refused = (LoadResult.Refused) new SnapshotLoader(broken, InputKind.TEXT).load(manifest);

        assertThat(refused.isWorthRetrying()).isTrue();
        assertThat(refused.detail()).contains("stale file handle");
    }
}
