package dev.millrace.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Broker and registry together: order of closing, restart, crash. */
class PlatformTest {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String TOPIC = "millrace.promotions";
    private static final int BEFORE_CRASH = 200;
    private static final int AFTER_CRASH = 200;
    private static final int MAX_POLLS = 300;
    /** Kafka's own limit, which none of us sets, is 30 seconds. */
    private static final Duration HANG_LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private static Promotion promotion(long version) {
        return new Promotion("minilm", version, version - 1, PromotedBy.GATE, false, "better", Instant.EPOCH);
    }

    private static KafkaConfig kafka(String bootstrapServers, String registryUrl) {
        return new KafkaConfig(bootstrapServers, registryUrl, "millrace.", Map.of(), Map.of());
    }

    private static KafkaProducer<String, Promotion> producer(KafkaConfig kafka) {
        return new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
                new StringSerializer(),
                new AvroSerdes(kafka).<Promotion>serializer());
    }

    private static ProducerRecord<String, Promotion> record(long version) {
        return new ProducerRecord<>(TOPIC, "minilm", promotion(version));
    }

    /** Versions in the order of the log, as soon as there are so many. */
    private static List<Long> read(KafkaConfig kafka, int count) {
        List<Long> versions = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
                new StringDeserializer(),
                new AvroSerdes(kafka).deserializer(Promotion.class))) {
            var partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            for (int i = 0; i < MAX_POLLS && versions.size() < count; i++) {
                consumer.poll(Duration.ofMillis(100))
                        .forEach(record -> versions.add(record.value().getVersion()));
            }
        }
        return versions;
    }

    @ParameterizedTest
    @ValueSource(strings = {"broker, registry, client", "registry, client, broker", "client, broker, registry"})
    void closesInAnyOrderAndStartsAgain(String order) throws Exception {
        long version = 1;
        for (int run = 1; run <= 2; run++) {
            var broker = EmbeddedBroker.start(directory, 0);
            var registry = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0);
            var kafka = kafka(broker.bootstrapServers(), registry.url());
            new TopicProvisioner(kafka).provisionTraining(1, 1);
            var client = producer(kafka);
            client.send(record(version++)).get();

            assertThat(read(kafka, run)).hasSize(run);

            for (String part : order.split(", ")) {
                switch (part) {
                    case "broker" -> broker.close();
                    case "registry" -> registry.close();
                    default -> client.close(Duration.ZERO);
                }
            }
            broker.close();
            registry.close();
        }
    }

    @Test
    void registryNeverSaysNotFoundWhileItCannotKnow() throws Exception {
        var broker = EmbeddedBroker.start(directory, 0);
        try (var registry = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0)) {
            assertThat(status(registry.url() + "/schemas/ids/1")).isEqualTo(404);

            broker.close();
            assertThat(status(registry.url() + "/schemas/ids/1")).isEqualTo(500);

            broker = EmbeddedBroker.start(directory, 0);
            assertThat(status(registry.url() + "/schemas/ids/1")).isEqualTo(404);
        } finally {
            broker.close();
        }
    }

    private static int status(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void aReaderIsClosedWhileTheBrokerHangs() throws Exception {
        try (var child = PlatformProcess.start(directory)) {
            var kafka = kafka(child.bootstrapServers(), child.registryUrl());
            new TopicProvisioner(kafka).provisionTraining(1, 1);
            var reader = new CommittedReader(kafka, List.of(kafka.topics().samples()));
            reader.readNew(HANG_LIMIT, sample -> {});
            child.hang();

            assertThat(CompletableFuture.runAsync(reader::close)).succeedsWithin(HANG_LIMIT);
        }
    }

    @Test
    void killedProcessLosesNothingThatWasAcknowledged() throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        KafkaConfig first;
        KafkaProducer<String, Promotion> producer;
        try (var child = PlatformProcess.start(directory)) {
            first = kafka(child.bootstrapServers(), child.registryUrl());
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, 0))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("is in use by another process");
            new TopicProvisioner(first).provisionTraining(1, 1);
            producer = producer(first);
            for (int version = 0; version < BEFORE_CRASH; version++) {
                sent.add(producer.send(record(version)));
            }
            sent.get(BEFORE_CRASH / 2).get();
            child.kill();
        }

        try (var broker = EmbeddedBroker.start(directory, 0);
                var registry = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0)) {
            for (int version = BEFORE_CRASH; version < BEFORE_CRASH + AFTER_CRASH; version++) {
                sent.add(producer.send(record(version)));
            }
            for (var each : sent) {
                each.get();
            }
            producer.close();

            assertThat(broker.bootstrapServers()).isEqualTo(first.bootstrapServers());
            assertThat(read(kafka(broker.bootstrapServers(), registry.url()), sent.size()))
                    .as("every record once and in order, whether it was on its way at the crash or not")
                    .containsExactlyElementsOf(
                            LongStream.range(0, sent.size()).boxed().toList());
        }
    }
}
