package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.BatchClosedBy;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.ingest.RegistryAccess;
import dev.millrace.trainer.ingest.Samples;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BatchBytesTest {
    private static final Instant FORMED_AT = Instant.parse("2026-03-01T00:00:00.123Z");
    private static final KafkaConfig KAFKA = Samples.kafka("mock://batch-bytes");

    private final RegistryAccess registry = RegistryAccess.open(KAFKA);
    private final FormerCodecs codecs = FormerCodecs.of(registry, KAFKA.topics());
    private final BatchBytes batches = new BatchBytes(codecs, "cats and d\u00f6gs");

    @Test
    void areThoseOfTheWholeRecordWritten() {
        List<AcceptedSample> samples =
                IntStream.range(0, 40).mapToObj(BatchBytesTest::sample).toList();
        List<byte[]> serialised = samples.stream().map(codecs.samples()::encode).toList();
        for (BatchClosedBy closedBy : BatchClosedBy.values()) {
            TrainingBatch whole = new TrainingBatch("cats and d\u00f6gs", samples, closedBy, FORMED_AT);
            byte[] written = codecs.batches().encode(whole);

            byte[] joined = batches.of(serialised, closedBy, FORMED_AT);

            assertThat(joined).isEqualTo(written);
        }
    }

    @Test
    void ofASampleAreThoseOfTheWholeRecordWritten() {
        SampleBytes bytes = new SampleBytes(codecs.samples());
        for (int number = 0; number < 40; number++) {
            AcceptedSample sample = sample(number);
            sample.setImage(number % 2 == 0 ? ByteBuffer.wrap(new byte[number]) : null);
            byte[] id = sample.getId().getBytes(StandardCharsets.UTF_8);

            // The first goes through the codec, which makes the schema known.
            assertThat(bytes.of(sample, id)).isEqualTo(codecs.samples().encode(sample));
        }
        assertThat(codecs.samples().isReady()).isTrue();
    }

    @Test
    void takeTheLongWayBeforeASchemaIsKnownAndForSamplesOfAnotherVersion() {
        List<byte[]> serialised = List.of(codecs.samples().encode(sample(1)));

        byte[] first = batches.of(serialised, BatchClosedBy.SIZE, FORMED_AT);

        assertThat(codecs.batches().decode(first).getSamples()).containsExactly(sample(1));
        assertThat(codecs.batches().isReady()).isTrue();
        FormerCodecs later = FormerCodecs.of(registry, KAFKA.topics()); // has written no sample: knows no version yet
        assertThat(later.samples().body(serialised.get(0))).isEmpty();
        byte[] other = new BatchBytes(later, "m").of(serialised, BatchClosedBy.TIME, FORMED_AT);
        assertThat(codecs.batches().decode(other).getSamples()).containsExactly(sample(1));
    }

    private static AcceptedSample sample(int number) {
        return AcceptedSample.newBuilder()
                .setId("id-\u00f6" + number)
                .setEventTime(FORMED_AT.minusSeconds(number))
                .setReceivedAt(FORMED_AT)
                .setLabel("c\u00e4t")
                .setText(number % 3 == 0 ? null : "purrs ".repeat(number))
                .setFeatures(number % 3 == 0 ? ByteBuffer.wrap(new byte[4 * number]) : null)
                .setSourcePartition(3)
                .setSourceOffset(1L << number)
                .build();
    }
}
