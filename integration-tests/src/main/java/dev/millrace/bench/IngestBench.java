package dev.millrace.bench;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.CountArgument;
import dev.millrace.scenario.ScratchDirectory;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How many samples a second the batch former takes on one stream thread, beside a bare copy of the same records by Kafka
 * Streams. Each runs in a process of its own, as it would anywhere: in one they would spoil each other's compiled code. They
 * take turns, and the medians of the last three rounds count; the earlier ones warm the processes up. Prints
 * {@code samplesPerSecond, passThroughPerSecond, vsPassThrough}. Arguments: number of samples of a round (default 1000000).
 */
public final class IngestBench {
    private static final int DEFAULT_SAMPLES = 1_000_000;
    private static final int PARTITIONS = 4;
    private static final int WARM_UP_ROUNDS = 5;
    private static final int ROUNDS = 3;
    private static final Duration LIMIT = Duration.ofMinutes(5);

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
        try (ScratchDirectory scratch = ScratchDirectory.make("millrace-bench")) {
            Path directory = scratch.path();
            try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
                    SchemaRegistryServer registry =
                            SchemaRegistryServer.start(broker.bootstrapServers(), "127.0.0.1", 0)) {
                KafkaConfig kafka =
                        new KafkaConfig(broker.bootstrapServers(), registry.url(), "bench.", Map.of(), Map.of());
                System.out.println(new IngestBench(kafka, directory, samples).run());
            }
            scratch.noLongerNeeded();
        }
    }

    private String run() throws InterruptedException {
        TopicProvisioner topics = new TopicProvisioner(kafka);
        topics.provisionTraining(PARTITIONS, 1);
        topics.provision(List.of(TopicProvisioner.topic(IngestRounds.COPY, PARTITIONS, Map.of())));
        produce();
        double[] passThrough = new double[ROUNDS];
        double[] former = new double[ROUNDS];
        try (ChildJvm copyProcess = start(IngestRounds.COPY);
                ChildJvm formerProcess = start(IngestRounds.FORMER)) {
            for (int i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
                double copied = round(copyProcess);
                double formed = round(formerProcess);
                System.err.printf(
                        Locale.ROOT,
                        "%s  pass-through %.0f/s  batch former %.0f/s%n",
                        i < 0 ? "warm-up" : "round " + (i + 1),
                        copied,
                        formed);
                if (i >= 0) {
                    passThrough[i] = copied;
                    former[i] = formed;
                }
            }
            copyProcess.stop(LIMIT);
            formerProcess.stop(LIMIT);
        }
        return json(median(former), median(passThrough));
    }

    private String json(double former, double passThrough) {
        return String.format(
                Locale.ROOT,
                "{\"samples\": %d, \"samplesPerSecond\": %.0f, \"passThroughPerSecond\": %.0f, \"vsPassThrough\": %.2f}",
                samples,
                former,
                passThrough,
                former / passThrough);
    }

    private ChildJvm start(String what) {
        return ChildJvm.start(
                new ChildJvm.Spec(
                        what,
                        IngestRounds.class,
                        List.of("-Xmx512m"),
                        List.of(
                                what,
                                kafka.bootstrapServers(),
                                kafka.registryUrl(),
                                kafka.topicPrefix(),
                                Integer.toString(samples),
                                directory.resolve(what).toString()),
                        Map.of()),
                directory);
    }

    private static double round(ChildJvm process) throws InterruptedException {
        int before = process.linesSaid();
        process.say(IngestRounds.GO);
        String line = process.awaitLine(before, IngestRounds.PER_SECOND, LIMIT)
                .orElseThrow(() -> new IllegalStateException("no round was finished by " + process.described()));
        return Double.parseDouble(
                line.substring(line.indexOf(IngestRounds.PER_SECOND) + IngestRounds.PER_SECOND.length()));
    }

    private static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
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
}
