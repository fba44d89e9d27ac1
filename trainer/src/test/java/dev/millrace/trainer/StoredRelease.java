package dev.millrace.trainer;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import dev.millrace.trainer.snapshot.SnapshotRecipe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * What one release stored: a checkpoint and, of the same position, a manifest with the store it names. {@link #main} writes
 * them beside {@code trainer.yaml}, {@code encoder.onnx} and {@code tokenizer.json}, which it reads; encoder and tokenizer are
 * inference's TinyEncoder. The files of a release never change once it is out.
 *
 * @param directory of the release
 */
record StoredRelease(Path directory) {
    static final int BATCHES = 6;
    private static final int BATCH_SIZE = 8;
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-01T12:00:00Z"));

    static {
        AvroSerdes.trustGeneratedRecords();
    }

    /** The directory of a release is the one argument. */
    public static void main(String[] arguments) throws Exception {
        new StoredRelease(Path.of(arguments[0])).write();
    }

    /** Settings as the release's own file has them, with what later releases brought at its default. */
    TrainerConfig config() {
        return TrainerMain.load(
                Optional.of(directory.resolve("trainer.yaml")),
                Map.of(
                        "TRAINER_MODEL__FILE", directory.resolve("encoder.onnx").toString(),
                        "TRAINER_MODEL__TOKENIZER",
                                directory.resolve("tokenizer.json").toString(),
                        "TRAINER_CHECKPOINT__DIRECTORY",
                                directory.resolve("checkpoints").toString(),
                        "TRAINER_SNAPSHOT__STORE", directory.resolve("store").toString()));
    }

    LearnerParts restore(EncoderFiles files) {
        return LearnerParts.restore(config(), files, CLOCK);
    }

    FileSnapshotStore store() {
        return new FileSnapshotStore(config().snapshot().store());
    }

    SnapshotManifest manifest() throws IOException {
        try (DataFileReader<SnapshotManifest> reader =
                new DataFileReader<>(manifestFile().toFile(), new SpecificDatumReader<>(SnapshotManifest.class))) {
            return reader.next();
        }
    }

    private Path manifestFile() {
        return directory.resolve("manifest.avro");
    }

    /** An entry of a training log of two classes, each of which has words of its own. */
    static PreparedBatch batch(EncoderFiles files, long offset) {
        return new PreparedBatch(
                offset,
                IntStream.range(0, BATCH_SIZE)
                        .mapToObj(i -> LearnerParts.prepare(files, sample(offset * BATCH_SIZE + i)))
                        .toList());
    }

    private static AcceptedSample sample(long number) {
        boolean isFirst = number % 2 == 0;
        String word = "w" + (isFirst ? number % 6 : 6 + number % 6);
        Instant time = Instant.ofEpochMilli(number);
        return new AcceptedSample(
                "sample-" + number, time, time, isFirst ? "low" : "high", word + " w1 " + word, null, null, 0, number);
    }

    private void write() throws Exception {
        TrainerConfig config = config();
        try (EncoderFiles files = EncoderFiles.read(config.model());
                LearnerParts parts = restore(files)) {
            parts.policy().enterThread();
            for (int offset = 0; offset < BATCHES; offset++) {
                parts.learner().apply(batch(files, offset));
            }
            parts.checkpoints().writeNow(parts.learner());
            SnapshotCapture capture = new SnapshotCapturer(parts.policy()).capture(parts.learner());
            SnapshotRecipe recipe = new SnapshotRecipe(
                    "tiny",
                    config.grpo().preset().name(),
                    config.weightSettings(),
                    config.policy().threads(),
                    Machine.cpu(),
                    parts.policy().device(),
                    config.policy().headScale());
            SnapshotManifest manifest = new SnapshotBuilder(store(), files.pooled(), files.preprocessing(), recipe)
                    .build(capture, 0, CLOCK.instant());
            try (DataFileWriter<SnapshotManifest> writer =
                    new DataFileWriter<>(new SpecificDatumWriter<>(SnapshotManifest.class))) {
                writer.create(manifest.getSchema(), manifestFile().toFile());
                writer.append(manifest);
            }
        }
    }

    /** Every tensor's hash by its name, as the manifest has it. */
    static Map<String, String> hashes(SnapshotManifest manifest) {
        return manifest.getTensors().stream()
                .collect(Collectors.toMap(TensorReference::getName, TensorReference::getSha256));
    }
}
