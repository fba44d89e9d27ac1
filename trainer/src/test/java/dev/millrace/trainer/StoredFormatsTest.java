package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Sha256;
import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.load.LoadResult;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.learn.LearnerStatus;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a release stored is continued and served by every later one, under the release's own settings. A refusal here that
 * names a setting means that the setting is new and not yet listed in WeightSettings.
 */
class StoredFormatsTest {
    @TempDir
    Path directory;

    static Stream<Path> releases() {
        return Stream.of(Path.of("src/test/resources/release-0.1"));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aLearnerGoesOnFromTheCheckpointOfARelease(Path stored) throws Exception {
        StoredRelease release = copied(stored);
        try (EncoderFiles files = EncoderFiles.read(release.config().model());
                LearnerParts parts = release.restore(files)) {
            LearnerStatus before = parts.learner().status();
            assertThat(before.position()).isEqualTo(StoredRelease.BATCHES);
            assertThat(before.steps()).isEqualTo(StoredRelease.BATCHES);
            assertThat(parts.learner().labels()).containsExactly("low", "high");
            assertThat(parts.learner().replayed()).hasSize(20);
            assertThat(weights(parts))
                    .isNotEmpty()
                    .allSatisfy(weight -> assertThat(StoredRelease.hashes(release.manifest()))
                            .containsEntry(weight.name(), Sha256.of(weight.values())));

            parts.policy().enterThread();
            for (int i = 0; i < 3; i++) {
                parts.learner().apply(StoredRelease.batch(files, before.position() + i));
            }

            LearnerStatus after = parts.learner().status();
            assertThat(after.position()).isEqualTo(before.position() + 3);
            assertThat(after.steps()).isEqualTo(before.steps() + 3);
            assertThat(after.refusedSteps()).isZero();
            assertThat(after.loss()).isFinite().isNotEqualTo(before.loss());
        }
    }

    private static List<SnapshotCapture.CapturedTensor> weights(LearnerParts parts) {
        List<SnapshotCapture.CapturedTensor> weights = new ArrayList<>();
        parts.policy()
                .readWeights((name, shape, values) -> weights.add(
                        new SnapshotCapture.CapturedTensor(name, shape, new TensorCopies().copy(name, values))));
        return weights;
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aVersionOfAReleaseIsVerifiedAndServed(Path stored) throws Exception {
        StoredRelease release = copied(stored);
        SnapshotManifest manifest = release.manifest();

        LoadResult result = new SnapshotLoader(release.store(), InputKind.TEXT).load(manifest);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        try (EmbeddingModel served = ((LoadResult.Loaded) result).model()) {
            Encoded encoded = served.encode(EncoderInput.texts(List.of("w0 w1", "w9")));
            assertThat(encoded.embeddings()).hasNumberOfRows(2);
            assertThat(encoded.embeddings()[0]).hasSize(manifest.getEmbeddingDimension());
            assertThat(served.version()).isEqualTo(StoredRelease.BATCHES);
            assertThat(served.labels()).containsExactly("low", "high");
        }
    }

    /** A copy, since a learner writes beside its checkpoints. */
    private StoredRelease copied(Path release) throws IOException {
        try (Stream<Path> files = Files.walk(release)) {
            for (Path file : files.toList()) {
                Path copy = directory.resolve(release.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        return new StoredRelease(directory);
    }
}
