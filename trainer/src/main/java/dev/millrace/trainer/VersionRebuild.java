package dev.millrace.trainer;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.announce.KafkaVersionCatalog;
import dev.millrace.trainer.announce.VersionCatalog;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Trains a published version again, from the base model and the training log, and compares every tensor with the manifest.
 * Touches nothing but its scratch directory: announces nothing, stores nothing, commits no offset. Used once, by one
 * thread; one in a process, and no trainer beside it, since the engine records gradients for one learner only.
 */
public final class VersionRebuild {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final TrainerConfig config;
    private final Path checkpoints;
    private final TopicPartition log;
    private final List<String> differences = new ArrayList<>();
    private long applied;

    /**
     * Reads the configuration as the trainer does.
     *
     * @param userFile the trainer's configuration file
     * @param environment its environment
     * @param checkpoints where to look for checkpoints when the log has lost its beginning; empty means where the trainer
     *     keeps them
     * @param scratch an empty directory of its own
     */
    public static VersionRebuild of(
            Optional<Path> userFile, Map<String, String> environment, Optional<Path> checkpoints, Path scratch) {
        Path kept = checkpoints.orElseGet(
                () -> TrainerMain.load(userFile, environment).checkpoint().directory());
        Map<String, String> elsewhere = new HashMap<>(environment);
        elsewhere.put("TRAINER_CHECKPOINT__DIRECTORY", scratch.toString());
        return new VersionRebuild(TrainerMain.load(userFile, elsewhere), kept);
    }

    private VersionRebuild(TrainerConfig config, Path checkpoints) {
        this.config = config;
        this.checkpoints = checkpoints;
        this.log = new TopicPartition(
                config.kafka().topics().batches(), config.batch().partition());
    }

    /**
     * Rebuilds the version.
     *
     * @param progress told the position after every entry
     * @throws StartupException when a file or the store that the configuration names is not there, when there is no such
     *     version, or nothing to begin from
     */
    public RebuildReport run(long version, LongConsumer progress) throws IOException, InterruptedException {
        requireFiles();
        SnapshotManifest manifest = manifest(version);
        ManifestComparison comparison = new ManifestComparison(manifest, differences);
        comparison.store(config.snapshot().store());
        boolean isSameBase = comparison.isSameBase(config.model());
        if (!comparison.isSameRecipe(config) || !isSameBase) {
            return new RebuildReport(version, "nothing", 0, 0, differences);
        }
        try (EncoderFiles files = EncoderFiles.read(config.model())) {
            Path scratch = Files.createDirectories(config.checkpoint().directory());
            RebuildStart start = RebuildStart.choose(
                    new RebuildStart.Search(version, logBegin(), checkpoints, scratch), differences);
            try (LearnerParts parts = LearnerParts.restore(config, files, InstantSource.system())) {
                parts.policy().enterThread();
                train(parts.learner(), files, version, progress);
                if (applied > 0 && parts.learner().status().position() == version) {
                    SnapshotCapture capture = new SnapshotCapturer(parts.policy()).capture(parts.learner());
                    comparison.capture(capture, files.pooled(), config.policy().headScale());
                }
            }
            return new RebuildReport(
                    version, start.words() + comparison.machine(), applied, comparison.tensors(), differences);
        }
    }

    private void requireFiles() {
        ModelConfig model = config.model();
        List<String> missing = new ArrayList<>();
        requireFile("model.file", model.file(), missing);
        switch (model.input()) {
            case TEXT -> requireFile("model.tokenizer", model.tokenizer(), missing);
            case IMAGE -> requireFile("model.preprocessing", model.preprocessing(), missing);
            case FEATURES -> {}
        }
        Path store = config.snapshot().store();
        if (!FileSnapshotStore.isAt(store)) {
            missing.add(
                    "snapshot.store " + store + " is no snapshot store; name the directory that the trainer writes to");
        }
        if (!missing.isEmpty()) {
            throw new StartupException(
                    "The configuration names what is not there:\n  - " + String.join("\n  - ", missing));
        }
    }

    private static void requireFile(String key, Path file, List<String> missing) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            missing.add(key + " " + file + " is no file that can be read; name the one that the trainer reads");
        }
    }

    private SnapshotManifest manifest(long version) {
        try (VersionCatalog catalog =
                new KafkaVersionCatalog(config.kafka(), config.model().name())) {
            if (!catalog.refresh(LIMIT)) {
                throw new StartupException("the topics of versions at " + config.kafka() + " do not exist or were not"
                        + " read within " + LIMIT.toSeconds() + " s");
            }
            SnapshotManifest manifest = catalog.manifests().get(version);
            if (manifest == null) {
                throw new StartupException("model " + config.model().name() + " lists no version " + version
                        + "; known are "
                        + catalog.manifests().keySet().stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining(", ")));
            }
            return manifest;
        }
    }

    private long logBegin() throws InterruptedException {
        Map<String, Object> properties = new HashMap<>(config.kafka().properties());
        properties.put(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, config.kafka().bootstrapServers());
        try (Admin admin = Admin.create(properties)) {
            return admin.listOffsets(Map.of(log, OffsetSpec.earliest()))
                    .partitionResult(log)
                    .get()
                    .offset();
        } catch (ExecutionException e) {
            throw new KafkaException("the beginning of " + log + " cannot be seen: " + e.getCause(), e.getCause());
        }
    }

    private void train(Learner learner, EncoderFiles files, long version, LongConsumer progress) {
        CommittedReader.Span prefix = new CommittedReader.Span() {
            @Override
            public long begin(TopicPartition partition, long first, long end) {
                return partition.equals(log) ? learner.status().position() : end;
            }

            @Override
            public long stop(TopicPartition partition, long end) {
                return partition.equals(log) ? Math.min(version, end) : end;
            }
        };
        try (CommittedReader reader = new CommittedReader(config.kafka(), List.of(log.topic()), prefix);
                Deserializer<TrainingBatch> values = new AvroSerdes(config.kafka()).deserializer(TrainingBatch.class)) {
            reader.readAll(LIMIT, entry -> {
                if (entry.partition() == log.partition() && entry.offset() < version) {
                    learner.apply(prepare(files, entry, values));
                    applied++;
                    progress.accept(learner.status().position());
                }
            });
        } catch (KafkaException e) {
            differences.add("training log " + log + " cannot be read from offset "
                    + learner.status().position() + " on: " + (e.getCause() == null ? e : e.getCause()).getMessage());
            return;
        }
        if (learner.status().position() != version) {
            differences.add("training log " + log + " ends with offset "
                    + (learner.status().position() - 1) + ", the version needs it up to offset " + (version - 1));
        }
    }

    private static PreparedBatch prepare(
            EncoderFiles files, ConsumerRecord<byte[], byte[]> entry, Deserializer<TrainingBatch> values) {
        TrainingBatch batch = values.deserialize(entry.topic(), entry.value());
        return new PreparedBatch(
                entry.offset(),
                batch.getSamples().stream()
                        .map(sample -> LearnerParts.prepare(files, sample))
                        .toList());
    }
}
