package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.produce.SampleSender;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class GlossStreamTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    private final MockProducer<String, LabelledSample> producer =
            new MockProducer<>(true, null, new StringSerializer(), (topic, sample) -> new byte[0]);
    private final AtomicLong learnt = new AtomicLong();

    @Test
    void sendsOnlyWhatIsNotInTheTopic() throws Exception {
        try (var sender = SampleSender.over(producer, "samples")) {
            new GlossStream(sender, 1, learnt::get, CLOCK).send(glosses(3), Set.of("g1"));

            assertThat(producer.history()).extracting(sent -> sent.key()).containsExactly("g0", "g2");
            assertThat(producer.history().get(1).value().getLabel()).isEqualTo("noun.test");
        }
    }

    @Test
    void staysCloseToTheLearner() throws Exception {
        try (var sender = SampleSender.over(producer, "samples")) {
            var stream = new GlossStream(sender, 0, learnt::get, CLOCK);
            var sending = CompletableFuture.runAsync(() -> {
                try {
                    stream.send(glosses(GlossStream.MAX_AHEAD + 20), Set.of());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(() -> producer.history().size() == GlossStream.MAX_AHEAD);
            assertThat(sending).isNotDone();

            learnt.set(10);
            await().until(() -> producer.history().size() == GlossStream.MAX_AHEAD + 10);
            learnt.set(20);
            sending.get();

            assertThat(producer.history()).hasSize(GlossStream.MAX_AHEAD + 20);
        }
    }

    private static List<Gloss> glosses(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Gloss("g" + i, "noun.test", "text " + i))
                .toList();
    }
}
