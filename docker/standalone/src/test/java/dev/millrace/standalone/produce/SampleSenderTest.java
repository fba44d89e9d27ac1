package dev.millrace.standalone.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.LabelledSample;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class SampleSenderTest {
    private static final Serializer<LabelledSample> ANY = (topic, sample) -> new byte[0];

    @Test
    void sendsUnderTheIdAndCountsWhatIsStored() {
        var producer = new MockProducer<>(false, null, new StringSerializer(), ANY);
        try (var sender = SampleSender.over(producer, "t.samples")) {
            sender.send(sample("a"));
            sender.send(sample("b"));
            producer.completeNext();

            assertThat(producer.history())
                    .extracting(sent -> sent.topic() + "/" + sent.key())
                    .containsExactly("t.samples/a", "t.samples/b");
            assertThat(sender.acknowledged()).isEqualTo(1);
        }
    }

    @Test
    void failsWhenASampleWasNotDelivered() {
        var producer = new MockProducer<>(false, null, new StringSerializer(), ANY);
        try (var sender = SampleSender.over(producer, "t.samples")) {
            sender.send(sample("a"));
            producer.errorNext(new TimeoutException("broker away"));

            assertThatThrownBy(() -> sender.send(sample("b")))
                    .isInstanceOf(KafkaException.class)
                    .hasMessageContaining("broker away");
            assertThatThrownBy(sender::flush).isInstanceOf(KafkaException.class);
        }
    }

    @Test
    void spreadsCallsEvenlyAndCatchesUpAfterAPause() {
        var nanos = new AtomicLong(1_000);
        var pace = new Pace(100, nanos::get);

        assertThat(pace.nanosUntilDue()).isZero();
        assertThat(pace.nanosUntilDue()).isEqualTo(10_000_000);
        nanos.addAndGet(35_000_000);
        assertThat(pace.nanosUntilDue()).isZero();
        assertThat(pace.nanosUntilDue()).isZero();
        assertThat(pace.nanosUntilDue()).isEqualTo(5_000_000);
        assertThat(new Pace(0, nanos::get).nanosUntilDue()).isZero();
    }

    private static LabelledSample sample(String id) {
        return new LabelledSample(id, Instant.EPOCH, "x", "a text", null, null, Map.of());
    }
}
