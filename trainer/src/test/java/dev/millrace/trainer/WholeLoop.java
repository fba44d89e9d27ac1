package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.load.LoadResult;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.ingest.SampleInput;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.PreparedSample;
import dev.millrace.trainer.snapshot.ParityProof;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import dev.millrace.trainer.snapshot.SnapshotRecipe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** What an encoder goes through: its files as configured, the learner, a proven snapshot, the service's loader. */
final class WholeLoop implements AutoCloseable {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
    static final int BATCH = 8;
    private static final double PARITY = 1e-4;

    private final Path directory;
    private final EncoderFiles files;
    private final Source source;

    /** An accepted sample of one of two classes, which a number tells. */
    @FunctionalInterface
    interface Source {
        AcceptedSample sample(int number) throws IOException;
    }

    /** @param directory for checkpoints and snapshots */
    WholeLoop(Path directory, ModelConfig model, Source source) {
        this.directory = directory;
        this.files = EncoderFiles.read(model);
        this.source = source;
    }

    EncoderFiles files() {
        return files;
    }

    /**
     * A learner at its newest checkpoint.
     *
     * @param settings of the trainer beside one thread and nothing frozen, {@code KEY=value}
     */
    LearnerParts open(String... settings) {
        return LearnerParts.restore(config(settings), files, CLOCK);
    }

    private TrainerConfig config(String... settings) {
        return Configs.of(directory.resolve("checkpoints"), List.of("POLICY__FREEZE=[]"), settings);
    }

    /** A batch of the samples from one on. */
    PreparedBatch batch(long offset, int first) throws IOException {
        List<PreparedSample> samples = new ArrayList<>();
        for (int i = first; i < first + BATCH; i++) {
            samples.add(LearnerParts.prepare(files, source.sample(i)));
        }
        return new PreparedBatch(offset, samples);
    }

    /** Stores a snapshot of what was learned, and has the service load it; what is served is what was trained. */
    SnapshotManifest proveAndServe(LearnerParts parts) throws Exception {
        SnapshotCapture capture = new SnapshotCapturer(parts.policy()).capture(parts.learner());
        SnapshotRecipe recipe = new SnapshotRecipe("tiny", "STABLE", config().weightSettings(), 1, "type", "cpu", 16);
        SnapshotBuilder builder = new SnapshotBuilder(store(directory), files.pooled(), files.preprocessing(), recipe);
        SnapshotManifest manifest = builder.build(capture, 0, Instant.EPOCH);
        try (OrtEncoder challenger = builder.open(capture)) {
            ParityProof proof = ParityProof.of(challenger, capture);
            assertThat(proof.finite()).isTrue();
            assertThat(proof.difference()).isBetween(0.0, PARITY);
            List<EncoderInput> asked = List.of(SampleInput.of(source.sample(1_000)));
            serves(manifest, asked, challenger.encode(asked).embeddings()[0]);
        }
        return manifest;
    }

    private void serves(SnapshotManifest manifest, List<EncoderInput> asked, float[] expected) {
        LoadResult result =
                new SnapshotLoader(store(directory), files.preprocessing().kind()).load(manifest);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        try (EmbeddingModel served = ((LoadResult.Loaded) result).model()) {
            assertThat(served.input()).isEqualTo(files.preprocessing().kind());
            assertThat(served.encode(asked).embeddings()[0]).containsExactly(expected);
            float[] probabilities = served.encode(asked).probabilities()[0];
            assertThat(probabilities[0] + probabilities[1]).isCloseTo(1, within(1e-6f));
        }
    }

    static FileSnapshotStore store(Path directory) {
        return new FileSnapshotStore(directory.resolve("store"));
    }

    @Override
    public void close() {
        files.close();
    }
}
