package dev.millrace.verify;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.ScratchDirectory;
import dev.millrace.scenario.Waiting;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import dev.millrace.trainer.Trainer;
import dev.millrace.trainer.TrainerMain;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.batch.GroupProtocol;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Proves that a bad record harms nobody but itself: a good stream with every {@link BadInput} at 5 % goes through a real
 * trainer, good samples are trained, bad ones are dead-lettered with the right cause, all adds up and the lag returns to
 * zero. A second, smaller stream of feature vectors goes through a batch former alone. Good samples are of three schema
 * versions; some ids come again inside the dedupe window (duplicates) and some outside it (trained once more).
 *
 * <p>Prints {@code good, bad, trained, deadLettered, wrongCause, unaccounted}; {@code good} and {@code trained} count the
 * text stream. Exit code 1 when {@code wrongCause} or {@code unaccounted} is above 0.
 */
public final class PoisonVerify {
    private static final int PARTITIONS = 3;
    private static final String MODEL = "poison";
    private static final Duration AGO = Duration.ofDays(3);
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Path directory;
    private final String bootstrapServers;
    private final String registryUrl;

    private PoisonVerify(Path directory, String bootstrapServers, String registryUrl) {
        this.directory = directory;
        this.bootstrapServers = bootstrapServers;
        this.registryUrl = registryUrl;
    }

    /** What came out; the names are those of the JSON object. */
    public record Outcome(int good, int bad, long trained, int deadLettered, int wrongCause, int unaccounted) {
        public boolean isProven() {
            return wrongCause == 0 && unaccounted == 0;
        }

        @Override
        public String toString() {
            return "{\"good\": %d, \"bad\": %d, \"trained\": %d, \"deadLettered\": %d, \"wrongCause\": %d, \"unaccounted\": %d}"
                    .formatted(good, bad, trained, deadLettered, wrongCause, unaccounted);
        }
    }

    /** Runs the proof and ends the process. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Options()).execute(arguments));
    }

    @Command(name = "verify poison", description = "Mixes every kind of bad record into a good stream.")
    private static final class Options implements Callable<Integer> {
        @Option(
                names = "--records",
                defaultValue = "4000",
                description = "Records of the text stream; the one of vectors has half as many (${DEFAULT-VALUE}).")
        private int records;

        @Option(names = "--seed", defaultValue = "1", description = "Decides the records (${DEFAULT-VALUE}).")
        private long seed;

        @Override
        public Integer call() throws Exception {
            try (ScratchDirectory scratch = ScratchDirectory.make("verify-poison")) {
                Outcome outcome = run(scratch.path(), records, seed);
                System.out.println(outcome);
                if (outcome.isProven()) {
                    scratch.noLongerNeeded();
                }
                return outcome.isProven() ? 0 : 1;
            }
        }
    }

    /** Both streams, on a broker and a registry of their own in the directory. */
    public static Outcome run(Path directory, int records, long seed) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
                SchemaRegistryServer registry = SchemaRegistryServer.start(broker.bootstrapServers(), "127.0.0.1", 0)) {
            PoisonVerify verify = new PoisonVerify(directory, broker.bootstrapServers(), registry.url());
            Outcome texts = verify.texts(records, seed);
            Outcome vectors = verify.vectors(records / 2, seed);
            return new Outcome(
                    texts.good(),
                    texts.bad() + vectors.bad(),
                    texts.trained(),
                    texts.deadLettered() + vectors.deadLettered(),
                    texts.wrongCause() + vectors.wrongCause(),
                    texts.unaccounted() + vectors.unaccounted());
        }
    }

    private Outcome texts(int records, long seed) throws Exception {
        KafkaConfig kafka = topics("poison-texts.");
        try (PoisonStream stream = new PoisonStream(kafka, InputKind.TEXT, seed);
                Trainer trainer = Trainer.start(
                        TrainerMain.load(Optional.empty(), settings(kafka, String.join(",", stream.labels()))))) {
            send(stream, records, trainer.former());
            boolean isTrained =
                    Waiting.until(LIMIT, () -> trainer.status().samples() >= stream.good() && trainer.lag() == 0);
            boolean isCaughtUp = Waiting.until(LIMIT, () -> lag(kafka) == 0);
            PoisonAccount account =
                    PoisonAccount.of(stream, kafka, trainer.former().counts());
            long trained = trainer.status().samples();
            System.err.printf(
                    "texts: %d records, %d good, %d bad, %d duplicates, trained %d, refused steps %d, lag zero %b%n",
                    stream.records(),
                    stream.good(),
                    stream.bad(),
                    stream.duplicates(),
                    trained,
                    trainer.status().refusedSteps(),
                    isTrained && isCaughtUp);
            int untrained = (int) Math.abs(stream.good() - trained) + (isTrained && isCaughtUp ? 0 : 1);
            return new Outcome(
                    stream.good(),
                    stream.bad(),
                    trained,
                    account.deadLettered(),
                    account.wrongCause(),
                    account.unaccounted() + untrained);
        }
    }

    private Outcome vectors(int records, long seed) throws Exception {
        KafkaConfig kafka = topics("poison-vectors.");
        try (PoisonStream stream = new PoisonStream(kafka, InputKind.FEATURES, seed)) {
            IngestConfig ingest = new IngestConfig(stream.labels(), 8192, 200, 200, 524_288, Duration.ofHours(24), 0);
            BatchConfig batch = new BatchConfig(
                    16,
                    Duration.ofMillis(200),
                    900_000,
                    0,
                    1,
                    "former",
                    directory.resolve("vectors"),
                    GroupProtocol.CLASSIC);
            try (BatchFormer former = BatchFormer.start(
                    kafka, new FormedModel(MODEL, new InputRule.Features(PoisonBytes.DIMENSION)), ingest, batch)) {
                send(stream, records, former);
                boolean isCaughtUp = Waiting.until(LIMIT, () -> lag(kafka) == 0);
                PoisonAccount account = PoisonAccount.of(stream, kafka, former.counts());
                System.err.printf(
                        "vectors: %d records, %d good, %d bad, %d duplicates, lag zero %b%n",
                        stream.records(), stream.good(), stream.bad(), stream.duplicates(), isCaughtUp);
                return new Outcome(
                        stream.good(),
                        stream.bad(),
                        0,
                        account.deadLettered(),
                        account.wrongCause(),
                        account.unaccounted() + (isCaughtUp ? 0 : 1));
            }
        }
    }

    /** A quarter with timestamps of three days ago, then the rest; a day is the dedupe window. */
    private static void send(PoisonStream stream, int records, BatchFormer former) throws InterruptedException {
        Instant now = Instant.now();
        stream.send(records / 4, now.minus(AGO));
        awaitCounted(stream, former);
        stream.leaveWindow(now);
        stream.send(records - records / 4, now);
        awaitCounted(stream, former);
    }

    private static void awaitCounted(PoisonStream stream, BatchFormer former) throws InterruptedException {
        if (!Waiting.until(LIMIT, () -> former.counts().records() >= stream.records())) {
            System.err.println("counted " + former.counts() + " of " + stream.records() + " records");
        }
    }

    /** With timestamps as the producer gives them, so that a record can be of another day, past or to come. */
    private KafkaConfig topics(String prefix) throws InterruptedException {
        KafkaConfig kafka = new KafkaConfig(bootstrapServers, registryUrl, prefix, Map.of(), Map.of());
        TopicProvisioner topics = new TopicProvisioner(kafka);
        topics.provision(List.of(TopicProvisioner.topic(
                kafka.topics().samples(),
                PARTITIONS,
                Map.of(
                        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                        "CreateTime",
                        TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG,
                        Long.toString(Long.MAX_VALUE)))));
        topics.provisionTraining(PARTITIONS, 1);
        return kafka;
    }

    private Map<String, String> settings(KafkaConfig kafka, String labels) {
        ModelFiles model = ModelFiles.small(directory.resolve("model"));
        Map<String, String> settings = new HashMap<>();
        settings.put("TRAINER_KAFKA__BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        settings.put("TRAINER_KAFKA__REGISTRY_URL", kafka.registryUrl());
        settings.put("TRAINER_KAFKA__TOPIC_PREFIX", kafka.topicPrefix());
        settings.put("TRAINER_MODEL__NAME", MODEL);
        settings.put("TRAINER_MODEL__FILE", model.onnx().toString());
        settings.put("TRAINER_MODEL__TOKENIZER", model.tokenizer().toString());
        settings.put("TRAINER_INGEST__CLOSED_LABELS", labels);
        settings.put("TRAINER_INGEST__HOLDOUT_FRACTION", "0");
        settings.put("TRAINER_BATCH__MAX_WAIT", "200ms");
        settings.put(
                "TRAINER_BATCH__STATE_DIRECTORY", directory.resolve("texts").toString());
        settings.put("TRAINER_REPLAY__PER_BATCH", "0");
        settings.put(
                "TRAINER_CHECKPOINT__DIRECTORY",
                directory.resolve("checkpoints").toString());
        settings.put("TRAINER_SNAPSHOT__STORE", directory.resolve("snapshots").toString());
        settings.put("TRAINER_HTTP__PORT", "0");
        return settings;
    }

    /** Records that the batch former's group has not committed yet. */
    private static long lag(KafkaConfig kafka) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(
                            kafka.topicPrefix() + "former-" + MODEL)
                    .partitionsToOffsetAndMetadata()
                    .get();
            long lag = 0;
            for (int partition = 0; partition < PARTITIONS; partition++) {
                TopicPartition samples = new TopicPartition(kafka.topics().samples(), partition);
                long end = admin.listOffsets(Map.of(samples, OffsetSpec.latest()))
                        .partitionResult(samples)
                        .get()
                        .offset();
                OffsetAndMetadata read = committed.get(samples);
                lag += end - (read == null ? 0 : read.offset());
            }
            return lag;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the lag cannot be seen", e);
        }
    }
}
