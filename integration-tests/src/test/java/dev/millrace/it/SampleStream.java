package dev.millrace.it;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.LabelledSample;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Writes samples the way careless producers do, and keeps account of them. Owned by the test thread. Closed by the test. */
final class SampleStream implements AutoCloseable {
    private final String topic;
    private final Random random;
    private final Serializer<LabelledSample> serializer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<String> ids = new ArrayList<>();
    private int repeated;
    private int damaged;

    SampleStream(KafkaConfig config, long seed) {
        topic = config.topics().samples();
        random = new Random(seed);
        serializer = new AvroSerdes(config).serializer();
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Sends records of which one in ten repeats an id and one in twenty is damaged, under keys of all kinds. */
    void send(int records) {
        for (int i = 0; i < records; i++) {
            if (random.nextInt(20) == 0) {
                damaged++;
                sendBytes(null, bytes("{\"id\":" + i + "}"));
            } else if (!ids.isEmpty() && random.nextInt(10) == 0) {
                repeated++;
                sendSample(ids.get(random.nextInt(ids.size())));
            } else {
                ids.add("id" + ids.size());
                sendSample(ids.get(ids.size() - 1));
            }
        }
        producer.flush();
    }

    /** Sends bytes as they are, and returns when the broker has them. */
    void sendRaw(byte[] value) {
        damaged++;
        sendBytes(null, value);
        producer.flush();
    }

    private void sendSample(String id) {
        byte[] value = serializer.serialize(
                topic,
                new LabelledSample(id, Instant.EPOCH, "label" + id.length(), "text of " + id, null, null, Map.of()));
        sendBytes(
                switch (random.nextInt(3)) {
                    case 0 -> bytes(id);
                    case 1 -> bytes("user" + random.nextInt(100));
                    default -> null;
                },
                value);
    }

    private void sendBytes(byte @Nullable [] key, byte[] value) {
        Future<RecordMetadata> unusedSinceFlushed = producer.send(new ProducerRecord<>(topic, key, value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Every id sent, once. */
    List<String> ids() {
        return List.copyOf(ids);
    }

    int repeated() {
        return repeated;
    }

    int damaged() {
        return damaged;
    }

    int records() {
        return ids.size() + repeated + damaged;
    }

    @Override
    public void close() {
        producer.close();
        serializer.close();
    }
}
