package dev.millrace.trainer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.testutil.MockSchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SampleDecoderTest {
    private static final String SCOPE = "decoder";
    private static final String URL = "mock://" + SCOPE;
    private static final String TOPIC = "samples";
    private static final Instant RECEIVED_AT = Instant.parse("2026-02-03T04:05:06.789Z");
    private static final SourcePosition SOURCE = new SourcePosition(TOPIC, 3, 42, RECEIVED_AT);
    private static final InstantSource CLOCK = InstantSource.fixed(RECEIVED_AT);
    private static final RegistryAccess REGISTRY = RegistryAccess.open(Samples.kafka(URL));
    private static final Serializer<LabelledSample> SERIALIZER = Samples.serializer(URL);

    private static SampleDecoder textDecoder() {
        return REGISTRY.decoder(config(List.of()), new InputRule.Text(), CLOCK);
    }

    private static IngestConfig config(List<String> closedLabels) {
        return new IngestConfig(closedLabels, 20, 10, 8, 400, Duration.ofHours(1), 0.1);
    }

    private static byte[] bytes(LabelledSample sample) {
        return SERIALIZER.serialize(TOPIC, sample);
    }

    static Stream<Arguments> badSamples() {
        return Stream.of(
                arguments(Samples.text("", "cat", "purrs"), RejectReason.MISSING_ID),
                arguments(Samples.text(" \t", "cat", "purrs"), RejectReason.MISSING_ID),
                arguments(Samples.text("123456789", "cat", "purrs"), RejectReason.ID_TOO_LONG),
                arguments(Samples.text("a", null, "purrs"), RejectReason.MISSING_LABEL),
                arguments(Samples.text("a", "\n", "purrs"), RejectReason.MISSING_LABEL),
                arguments(Samples.text("a", "x".repeat(11), "purrs"), RejectReason.LABEL_TOO_LONG),
                arguments(Samples.text("a", "cow", "moos"), RejectReason.UNKNOWN_LABEL),
                arguments(Samples.text("a", "Cat", "purrs"), RejectReason.UNKNOWN_LABEL),
                arguments(Samples.text("a", "cat", null), RejectReason.MISSING_INPUT),
                arguments(Samples.features("a", "cat", 1), RejectReason.MISSING_INPUT),
                arguments(Samples.text("a", "cat", ""), RejectReason.EMPTY_TEXT),
                arguments(Samples.text("a", "cat", " \u2003\n"), RejectReason.EMPTY_TEXT),
                arguments(Samples.text("a", "cat", "x".repeat(21)), RejectReason.TEXT_TOO_LONG),
                arguments(Samples.text("a", "cat", "\uD83D\uDC08".repeat(21)), RejectReason.TEXT_TOO_LONG),
                arguments(Samples.text("a", "cat", "x".repeat(900_000)), RejectReason.TEXT_TOO_LONG));
    }

    @ParameterizedTest
    @MethodSource("badSamples")
    void refusesTextSamplesThatBreakARule(LabelledSample sample, RejectReason expected) {
        SampleDecoder decoder = REGISTRY.decoder(config(List.of("cat", "dog")), new InputRule.Text(), CLOCK);

        Decoded decoded = decoder.decode(bytes(sample), SOURCE);

        assertThat(reason(decoded)).isEqualTo(expected);
    }

    static Stream<Arguments> badFeatures() {
        LabelledSample notWholeFloats = Samples.features("a", "cat", 1, 2);
        notWholeFloats.setFeatures(ByteBuffer.wrap(new byte[7]));
        return Stream.of(
                arguments(Samples.text("a", "cat", "purrs"), RejectReason.MISSING_INPUT),
                arguments(Samples.features("a", "cat"), RejectReason.WRONG_DIMENSION),
                arguments(Samples.features("a", "cat", 1), RejectReason.WRONG_DIMENSION),
                arguments(Samples.features("a", "cat", 1, 2, 3), RejectReason.WRONG_DIMENSION),
                arguments(notWholeFloats, RejectReason.WRONG_DIMENSION),
                arguments(Samples.features("a", "cat", 1, Float.NaN), RejectReason.NON_FINITE_FEATURE),
                arguments(Samples.features("a", "cat", Float.POSITIVE_INFINITY, 1), RejectReason.NON_FINITE_FEATURE),
                arguments(Samples.features("a", "cat", 0, Float.NEGATIVE_INFINITY), RejectReason.NON_FINITE_FEATURE),
                arguments(Samples.features("a", "cat", 0, -0f), RejectReason.ZERO_VECTOR));
    }

    @ParameterizedTest
    @MethodSource("badFeatures")
    void refusesFeatureSamplesThatBreakARule(LabelledSample sample, RejectReason expected) {
        SampleDecoder decoder = REGISTRY.decoder(config(List.of()), new InputRule.Features(2), CLOCK);

        Decoded decoded = decoder.decode(bytes(sample), SOURCE);

        assertThat(reason(decoded)).isEqualTo(expected);
    }

    @Test
    void acceptsAGoodSampleWithEveryFieldInPlace() {
        LabelledSample sample = Samples.text("a", "cat", "purrs");
        sample.setAttributes(Map.of("source", "shelter"));
        sample.setFeatures(ByteBuffer.wrap(new byte[4]));

        AcceptedSample accepted = accepted(textDecoder().decode(bytes(sample), SOURCE));

        assertThat(accepted)
                .isEqualTo(
                        new AcceptedSample("a", Samples.EVENT_TIME, RECEIVED_AT, "cat", "purrs", null, null, 3, 42L));
    }

    @Test
    void acceptsFeaturesAndDropsTheTextBesideThem() {
        LabelledSample sample = Samples.features("a", "cat", 1.5f, -0f);
        sample.setText("not for this model");
        SampleDecoder decoder = REGISTRY.decoder(config(List.of()), new InputRule.Features(2), CLOCK);

        AcceptedSample accepted = accepted(decoder.decode(bytes(sample), SOURCE));

        assertThat(accepted.getFeatures()).isEqualTo(sample.getFeatures());
        assertThat(accepted.getText()).isNull();
    }

    static Stream<String> textsAtTheLimit() {
        return Stream.of(
                "x".repeat(20), "\u00e9".repeat(20), "\uD83D\uDC08".repeat(20), "a\u0000" + "\u0301".repeat(18));
    }

    @ParameterizedTest
    @MethodSource("textsAtTheLimit")
    void countsCharactersNotBytesOrSurrogates(String text) {
        Decoded decoded = textDecoder().decode(bytes(Samples.text("12345678", "l".repeat(10), text)), SOURCE);

        assertThat(accepted(decoded).getText()).isEqualTo(text);
    }

    @Test
    void acceptsEventTimesFarOff() {
        for (long millis : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
            LabelledSample sample = Samples.text("a", "cat", "purrs");
            sample.setEventTime(Instant.ofEpochMilli(millis));

            AcceptedSample accepted = accepted(textDecoder().decode(bytes(sample), SOURCE));

            assertThat(accepted.getEventTime().toEpochMilli()).isEqualTo(millis);
        }
    }

    @Test
    void readsOldAndNewSchemaVersionsInOneStream() throws Exception {
        SampleDecoder decoder = textDecoder();
        for (Schema schema : List.of(Samples.olderSchema(), Samples.newerSchema(), LabelledSample.SCHEMA$)) {
            GenericRecord sample = new GenericData.Record(schema);
            sample.put("id", "a");
            sample.put("eventTime", Samples.EVENT_TIME.toEpochMilli());
            sample.put("label", "cat");
            sample.put("text", "purrs");
            if (schema.getField("attributes") != null) {
                sample.put("attributes", Map.of("k", "v"));
            }
            if (schema.getField("confidence") != null) {
                sample.put("confidence", 0.5);
            }

            AcceptedSample accepted = accepted(decoder.decode(bytes(sample), SOURCE));

            assertThat(accepted.getText()).as(schema.toString()).isEqualTo("purrs");
            assertThat(accepted.getEventTime()).isEqualTo(Samples.EVENT_TIME);
        }
    }

    static Stream<String> otherSchemas() {
        return Stream.of(
                "\"bytes\"",
                "\"string\"",
                "{\"type\":\"map\",\"values\":\"string\"}",
                // Same fields, another record.
                LabelledSample.SCHEMA$.toString().replace("\"LabelledSample\"", "\"Invoice\""),
                // Without the event time, which has no default.
                "{\"type\":\"record\",\"name\":\"LabelledSample\",\"namespace\":\"dev.millrace.schemas\",\"fields\":"
                        + "[{\"name\":\"id\",\"type\":\"string\"}]}",
                // An id of another type.
                "{\"type\":\"record\",\"name\":\"LabelledSample\",\"namespace\":\"dev.millrace.schemas\",\"fields\":"
                        + "[{\"name\":\"id\",\"type\":\"int\"},{\"name\":\"eventTime\",\"type\":\"long\"}]}");
    }

    @ParameterizedTest
    @MethodSource("otherSchemas")
    void refusesRecordsOfAnotherSchema(String schema) throws Exception {
        int schemaId = register(new Schema.Parser().parse(schema));

        Decoded decoded = textDecoder().decode(wire(schemaId, new byte[] {2, 'a'}), SOURCE);

        assertThat(reason(decoded)).isEqualTo(RejectReason.WRONG_SCHEMA);
    }

    private static RejectReason reason(Decoded decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
        return ((Decoded.Rejected) decoded).reason();
    }

    private static AcceptedSample accepted(Decoded decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Valid.class);
        return ((Decoded.Valid) decoded).sample();
    }

    private static int register(Schema schema) throws Exception {
        return MockSchemaRegistry.getClientForScope(SCOPE)
                .register("other-" + schema.hashCode(), new AvroSchema(schema));
    }

    private static byte[] bytes(GenericRecord sample) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(sample.getSchema()).write(sample, encoder);
        encoder.flush();
        return wire(register(sample.getSchema()), out.toByteArray());
    }

    private static byte[] wire(int schemaId, byte[] avro) {
        return ByteBuffer.allocate(5 + avro.length)
                .put((byte) 0)
                .putInt(schemaId)
                .put(avro)
                .array();
    }
}
