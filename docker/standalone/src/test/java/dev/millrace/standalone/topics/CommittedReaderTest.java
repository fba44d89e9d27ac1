package dev.millrace.standalone.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.CommittedReader.Reach;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.standalone.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommittedReaderTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int RECORDS = 20;

    @Test
    void losesNothingWhenTakingFailsInTheMiddle(@TempDir Path directory) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, 0)) {
            KafkaConfig kafka = new KafkaConfig(broker.bootstrapServers(), "mock://reader", "", Map.of(), Map.of());
            try (CommittedReader reader = new CommittedReader(kafka, List.of("numbers"))) {
                assertThat(reader.readNew(LIMIT, entry -> {})).isEqualTo(Reach.TOPIC_MISSING);
                new TopicProvisioner(kafka).provision(List.of(TopicProvisioner.topic("numbers", 1, Map.of())));
                send(kafka, 0, RECORDS / 2);
                List<Integer> taken = new ArrayList<>();
                assertThat(reader.readNew(LIMIT, entry -> taken.add((int) entry.value()[0])))
                        .isEqualTo(Reach.END);
                send(kafka, RECORDS / 2, RECORDS);

                assertThatThrownBy(() -> reader.readNew(LIMIT, entry -> {
                            if (entry.value()[0] == RECORDS - 3) {
                                throw new IllegalStateException("in the middle");
                            }
                        }))
                        .hasMessage("in the middle");
                reader.readNew(LIMIT, entry -> taken.add((int) entry.value()[0]));

                assertThat(taken).hasSize(RECORDS).isSorted().doesNotHaveDuplicates();
                assertThat(reader.readNew(LIMIT, entry -> taken.add(-1))).isEqualTo(Reach.END);
                assertThat(taken).doesNotContain(-1);
            }
        }
    }

    private static void send(KafkaConfig kafka, int from, int to) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>("numbers", new byte[] {(byte) i}))
                        .get();
            }
        }
    }
}
