package dev.millrace.bench;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.scenario.CountArgument;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.batch.GroupProtocol;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How many samples a second the batch former takes on one stream thread, beside a bare copy of the same records by Kafka
 * Streams. Prints {@code samplesPerSecond, passThroughPerSecond, vsPassThrough} of the last of three rounds; the earlier
 * ones warm the machine up. A round must last a few seconds: in a short one the copy is still warming up, which flatters the
 * former. Arguments: number of samples (default 1000000).
 */
public final class IngestBench {
    private static final int DEFAULT_SAMPLES = 1_000_000;
    private static final int PARTITIONS = 4;
    private static final int BATCH_SIZE = 16;
    private static final int ROUNDS = 3;
    private static final String COPY = "copy";
    /** Looking costs time on the cores that are measured, and holds the stores' locks. */
    private static final int BETWEEN_LOOKS_MILLIS = 50;

    private final KafkaConfig kafka;
    private final Path directory;
    private final int samples;

    private IngestBench(KafkaConfig kafka, Path directory, int samples) {
        this.kafka = kafka;
        this.directory = directory;
        this.samples = samples;
    }

    /** Runs the benchmark. */
    public static void main(String[] arguments) throws Exception {
        int samples = CountArgument.of("bench ingest", arguments, DEFAULT_SAMPLES);
        Path directory = Files.createTempDirectory("millrace-bench");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
                SchemaRegistryServer registry = SchemaRegistryServer.start(broker.bootstrapServers(), "127.0.0.1", 0)) {
            KafkaConfig kafka =
                    new KafkaConfig(broker.bootstrapServers(), registry.url(), "bench.", Map.of(), Map.of());
            System.out.println(new IngestBench(kafka, directory, samples).run());
        } finally {
            delete(directory);
        }
    }

    private String run() throws InterruptedException {
        TopicProvisioner topics = new TopicProvisioner(kafka);
        topics.provisionTraining(PARTITIONS, 1);
        topics.provision(List.of(TopicProvisioner.topic(COPY, PARTITIONS, Map.of())));
        produce();
        double passThrough = 0;
        double former = 0;
        for (int round = 0; round < ROUNDS; round++) {
            passThrough = passThroughPerSecond(round);
            former = formerPerSecond(round);
        }
        return String.format(
                Locale.ROOT,
                "{\"samples\": %d, \"samplesPerSecond\": %.0f, \"passThroughPerSecond\": %.0f, \"vsPassThrough\": %.2f}",
                samples,
                former,
                passThrough,
                former / passThrough);
    }

    /** Samples about as long as a gloss of WordNet. */
    private void produce() {
        String topic = kafka.topics().samples();
        Map<String, Object> settings = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        try (var serializer = new AvroSerdes(kafka).<LabelledSample>serializer();
                var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < samples; i++) {
                String id = "sample-" + i;
                LabelledSample sample = new LabelledSample(
                        id,
                        Instant.EPOCH,
                        "label-" + i % 40,
                        "a gloss of about ninety characters, which is what the dictionary has, number " + i,
                        null,
                        null,
                        Map.of());
                Future<RecordMetadata> unusedSinceCloseFlushes = producer.send(new ProducerRecord<>(
                        topic, id.getBytes(StandardCharsets.UTF_8), serializer.serialize(topic, sample)));
            }
        }
    }

    private double passThroughPerSecond(int round) throws InterruptedException {
        try (PassThrough copy =
                PassThrough.start(kafka, COPY, "pass-through-" + round, directory.resolve("pass-through-" + round))) {
            return perSecond(copy::records);
        }
    }

    private double formerPerSecond(int round) throws InterruptedException {
        BatchConfig batch = new BatchConfig(
                BATCH_SIZE,
                Duration.ofSeconds(1),
                900_000,
                0,
                1,
                "former-" + round,
                directory.resolve("state"),
                GroupProtocol.CLASSIC);
        try (BatchFormer former = BatchFormer.start(
                kafka, new FormedModel("bench", new InputRule.Text()), IngestConfig.defaults(), batch)) {
            return perSecond(() -> former.counts().records());
        }
    }

    /** From the first record seen to the last, but for those that may sit in open batches. */
    private double perSecond(LongSupplier progress) throws InterruptedException {
        long first = 0;
        long begun = 0;
        long last = samples - (long) PARTITIONS * BATCH_SIZE;
        while (true) {
            long records = progress.getAsLong();
            if (records >= last) {
                return (records - first) / ((System.nanoTime() - begun) / 1e9);
            }
            if (records > 0 && begun == 0) {
                first = records;
                begun = System.nanoTime();
            }
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
