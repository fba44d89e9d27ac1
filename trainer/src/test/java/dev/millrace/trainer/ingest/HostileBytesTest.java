package dev.millrace.trainer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that no producer of ours would send. */
final class HostileBytesTest {
    private static final String URL = "mock://hostile";
    private static final String TOPIC = "samples";
    private static final Instant RECEIVED_AT = Instant.parse("2026-02-03T04:05:06.789Z");
    private static final SourcePosition SOURCE = new SourcePosition(TOPIC, 3, 42, RECEIVED_AT);
    private static final RegistryAccess REGISTRY = RegistryAccess.open(Samples.kafka(URL));
    private static final Serializer<LabelledSample> SERIALIZER = Samples.serializer(URL);
    /** Magic byte and schema id. */
    private static final int HEADER_BYTES = 5;

    private static SampleDecoder textDecoder() {
        IngestConfig config = new IngestConfig(List.of(), 20, 10, 8, 400, Duration.ofHours(1), 0.1);
        return REGISTRY.decoder(config, new InputRule.Text(), InstantSource.fixed(RECEIVED_AT));
    }

    private static byte[] good() {
        return SERIALIZER.serialize(TOPIC, Samples.text("a", "cat", "purrs"));
    }

    static Stream<Arguments> hostileBytes() throws Exception {
        byte[] good = good();
        return Stream.of(
                arguments("a tombstone", null, RejectReason.EMPTY_RECORD),
                arguments("no bytes", new byte[0], RejectReason.EMPTY_RECORD),
                arguments("JSON", "{\"id\":1}".getBytes(StandardCharsets.UTF_8), RejectReason.NO_MAGIC_BYTE),
                arguments("another magic byte", with(good, 0, 1), RejectReason.NO_MAGIC_BYTE),
                arguments("the magic byte alone", new byte[1], RejectReason.MALFORMED_AVRO),
                arguments("half a schema id", new byte[4], RejectReason.MALFORMED_AVRO),
                arguments("an unknown schema id", with(good, 2, 99), RejectReason.UNKNOWN_SCHEMA),
                arguments("a negative schema id", with(good, 1, 0xff), RejectReason.UNKNOWN_SCHEMA),
                arguments("a header alone", Arrays.copyOf(good, 5), RejectReason.MALFORMED_AVRO),
                arguments("a record cut short", Arrays.copyOf(good, good.length - 1), RejectReason.MALFORMED_AVRO),
                arguments("a byte too many", Arrays.copyOf(good, good.length + 1), RejectReason.MALFORMED_AVRO),
                arguments("an id of 2 GB", body(varint(Integer.MAX_VALUE - 8)), RejectReason.MALFORMED_AVRO),
                arguments("an id of negative length", body(varint(-5)), RejectReason.MALFORMED_AVRO),
                arguments("an endless varint", body(ones(20)), RejectReason.MALFORMED_AVRO),
                arguments("a billion attributes", billionAttributes(), RejectReason.MALFORMED_AVRO),
                arguments("a label of union branch 7", body(new byte[] {2, 'a', 0, 14}), RejectReason.MALFORMED_AVRO));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("hostileBytes")
    void tellsHostileBytesApart(String what, byte[] value, RejectReason expected) {
        Decoded decoded = textDecoder().decode(value, SOURCE);

        assertThat(decoded).as(what).isInstanceOfSatisfying(Decoded.Rejected.class, rejected -> {
            assertThat(rejected.reason()).isEqualTo(expected);
            assertThat(rejected.detail()).isNotBlank();
            assertThat(rejected.schemaId() != null).isEqualTo(value != null && value.length > 4 && value[0] == 0);
        });
    }

    /** Field by field as Avro's own reader does, whatever the bytes. */
    @Test
    void readsTodaysSchemaAsAvroDoes() throws Exception {
        Random random = new Random(8);
        SampleFields.Reader ours = SampleFields.readerFor(new Schema.Parser().parse(LabelledSample.SCHEMA$.toString()));
        GenericDatumReader<GenericRecord> avro = new GenericDatumReader<>(LabelledSample.SCHEMA$, SampleFields.READER);
        byte[] good = SERIALIZER.serialize(
                TOPIC,
                new LabelledSample(
                        "an id",
                        RECEIVED_AT,
                        "cat",
                        "purrs \u00e9",
                        ByteBuffer.wrap(new byte[] {1, 2, 3, 4}),
                        ByteBuffer.wrap(new byte[] {5}),
                        Map.of("a", "b", "c", "d")));
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = good.clone();
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                bytes[HEADER_BYTES + random.nextInt(bytes.length - HEADER_BYTES)] = (byte) random.nextInt(16);
            }

            Optional<SampleFields> expected = fields(decoder -> SampleFields.of(avro.read(null, decoder)), bytes);

            assertThat(fields(ours, bytes)).as("%s", Arrays.toString(bytes)).isEqualTo(expected);
            read += expected.isPresent() ? 1 : 0;
        }
        assertThat(read).isBetween(6_000, 18_000);
    }

    /** Empty when the bytes are refused. */
    private static Optional<SampleFields> fields(SampleFields.Reader reader, byte[] bytes) {
        BinaryDecoder decoder =
                DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null);
        try {
            SampleFields fields = reader.read(decoder);
            return decoder.isEnd() ? Optional.of(fields) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    @Test
    void survivesAnyDamageToAGoodRecord() {
        Random random = new Random(7);
        SampleDecoder decoder = textDecoder();
        byte[] good = good();
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = Arrays.copyOf(good, random.nextInt(good.length + 8));
            for (int flips = random.nextInt(4); flips > 0 && damaged.length > 5; flips--) {
                damaged[5 + random.nextInt(damaged.length - 5)] = (byte) random.nextInt();
            }

            Decoded decoded = decoder.decode(damaged, SOURCE);

            assertThat(decoded).isNotNull();
        }
        assertThat(decoder.decode(good, SOURCE))
                .isInstanceOfSatisfying(
                        Decoded.Valid.class,
                        valid -> assertThat(valid.sample().getText()).isEqualTo("purrs"));
    }

    /** These Avro bytes under the schema id of a good sample. */
    private static byte[] body(byte[] avro) {
        byte[] good = good();
        return ByteBuffer.allocate(HEADER_BYTES + avro.length)
                .put(good, 0, HEADER_BYTES)
                .put(avro)
                .array();
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] copy = bytes.clone();
        copy[at] = (byte) value;
        return copy;
    }

    private static byte[] ones(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xff);
        return bytes;
    }

    private static byte[] varint(int value) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        encoder.writeInt(value);
        encoder.flush();
        return out.toByteArray();
    }

    private static byte[] billionAttributes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] good = good();
        out.write(good, 0, good.length - 1); // without the end of the empty map
        out.write(varint(1_000_000_000));
        out.write(new byte[] {2, 'k', 2, 'v'});
        return out.toByteArray();
    }
}
