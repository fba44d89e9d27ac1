package dev.millrace.verify;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.LabelledSample;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Values of the samples topic, good in every way and bad in every way. Owned by one thread, which closes it. */
final class PoisonBytes implements AutoCloseable {
    static final int DIMENSION = 8;
    static final String LABEL = "noun.act";

    private static final int HEADER_BYTES = 5;
    private static final int GIANT = 900_000;
    private static final int TOO_LONG = 9_000;
    private static final int UNKNOWN_ID = 1_000_000;
    private static final String MARK = "marked";

    /** As producers had it before features and attributes came along. */
    private static final Schema OLDER =
            fields().requiredString("label").requiredString("text").endRecord();
    /** As a later producer may have it. */
    private static final Schema NEWER = fields().optionalString("label")
            .optionalString("text")
            .name("confidence")
            .type()
            .doubleType()
            .doubleDefault(1)
            .endRecord();

    private final String topic;
    private final InputKind input;
    private final Serializer<LabelledSample> serializer;
    private final KafkaAvroSerializer generic = new KafkaAvroSerializer();
    private final Random random;

    PoisonBytes(KafkaConfig kafka, InputKind input, long seed) {
        this.topic = kafka.topics().samples();
        this.input = input;
        this.serializer = new AvroSerdes(kafka).serializer();
        this.random = new Random(seed);
        generic.configure(Map.of("schema.registry.url", kafka.registryUrl()), false);
        registerInOrder();
    }

    /** The registry takes a version of the schema only after those that it can read. */
    private void registerInOrder() {
        older("first", LABEL, MARK);
        good("second", Instant.EPOCH, LABEL, MARK);
        newer("third", LABEL, MARK);
    }

    private static SchemaBuilder.FieldAssembler<Schema> fields() {
        return SchemaBuilder.record(LabelledSample.SCHEMA$.getName())
                .namespace(LabelledSample.SCHEMA$.getNamespace())
                .fields()
                .requiredString("id")
                .name("eventTime")
                .type(LabelledSample.SCHEMA$.getField("eventTime").schema())
                .noDefault();
    }

    byte[] good(String id, Instant eventTime, String label, String text) {
        return bytes(new LabelledSample(
                id,
                eventTime,
                label,
                input == InputKind.TEXT ? text : null,
                input == InputKind.TEXT ? null : vector(DIMENSION),
                null,
                Map.of()));
    }

    /** A good text sample of an earlier version of the schema. */
    byte[] older(String id, String label, String text) {
        return written(OLDER, id, label, text);
    }

    /** A good text sample of a later version of the schema. */
    byte[] newer(String id, String label, String text) {
        return written(NEWER, id, label, text);
    }

    private byte[] written(Schema schema, String id, String label, String text) {
        GenericRecord sample = new GenericData.Record(schema);
        sample.put("id", id);
        sample.put("eventTime", 0L);
        sample.put("label", label);
        sample.put("text", text);
        if (schema.getField("confidence") != null) {
            sample.put("confidence", 1.0);
        }
        return generic.serialize(topic, sample);
    }

    /** The id is not seen by anybody, but for the kinds that are about it. */
    byte @Nullable [] bad(BadInput kind, String id) {
        byte[] good = good(id, Instant.EPOCH, LABEL, MARK);
        return switch (kind) {
            case TOMBSTONE -> null;
            case NO_BYTES -> new byte[0];
            case JSON_TEXT -> ("{\"id\":\"" + id + "\"}").getBytes(StandardCharsets.UTF_8);
            case RANDOM_GIANT -> randomGiant();
            case HALF_A_SCHEMA_ID -> Arrays.copyOf(good, 3);
            case UNKNOWN_SCHEMA_ID ->
                ByteBuffer.wrap(good).putInt(1, UNKNOWN_ID).array();
            case ANOTHER_RECORD -> anotherRecord(id);
            case CUT_SHORT -> Arrays.copyOf(good, HEADER_BYTES + (good.length - HEADER_BYTES) / 2);
            case BYTES_LEFT_OVER -> Arrays.copyOf(good, good.length + 3);
            case CLAIMS_TWO_GIGABYTES -> claimsTwoGigabytes(good);
            case LATIN1_TEXT -> latin1(bytes(sample(id, MARK, "a text")));
            case BLANK_ID -> bytes(sample(" ", LABEL, "a text"));
            case LONG_ID -> bytes(sample("x".repeat(TOO_LONG), LABEL, "a text"));
            case NULL_LABEL -> bytes(sample(id, null, "a text"));
            case BLANK_LABEL -> bytes(sample(id, "\t", "a text"));
            case LONG_LABEL -> bytes(sample(id, "x".repeat(TOO_LONG), "a text"));
            case LABEL_OUTSIDE_THE_CLOSED_SET -> bytes(sample(id, "no.such.label", "a text"));
            case NO_INPUT -> bytes(new LabelledSample(id, Instant.EPOCH, LABEL, null, null, null, Map.of()));
            case BLANK_TEXT -> bytes(sample(id, LABEL, " \n"));
            case LONG_TEXT -> bytes(sample(id, LABEL, "x".repeat(TOO_LONG)));
            case GIANT_TEXT -> bytes(sample(id, LABEL, "x".repeat(GIANT)));
            case NAN_FEATURE -> bytes(features(id, vector(DIMENSION).putFloat(4, Float.NaN)));
            case INFINITE_FEATURE -> bytes(features(id, vector(DIMENSION).putFloat(0, Float.NEGATIVE_INFINITY)));
            case ZERO_VECTOR -> bytes(features(id, ByteBuffer.allocate(DIMENSION * Float.BYTES)));
            case EMPTY_VECTOR -> bytes(features(id, vector(0)));
            case SHORT_VECTOR -> bytes(features(id, vector(DIMENSION - 1)));
            case LONG_VECTOR -> bytes(features(id, vector(DIMENSION + 1)));
            case HALF_A_FLOAT -> bytes(features(id, ByteBuffer.allocate(DIMENSION * Float.BYTES - 2)));
        };
    }

    private LabelledSample sample(String id, @Nullable String label, String text) {
        ByteBuffer vector = input == InputKind.TEXT ? null : vector(DIMENSION);
        return new LabelledSample(id, Instant.EPOCH, label, text, vector, null, Map.of());
    }

    private static LabelledSample features(String id, ByteBuffer vector) {
        return new LabelledSample(id, Instant.EPOCH, LABEL, null, vector, null, Map.of());
    }

    private ByteBuffer vector(int values) {
        ByteBuffer vector = ByteBuffer.allocate(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values; i++) {
            vector.putFloat(1 + random.nextFloat());
        }
        return vector.flip();
    }

    private byte[] randomGiant() {
        byte[] giant = new byte[GIANT];
        random.nextBytes(giant);
        giant[0] = 'X';
        return giant;
    }

    private byte[] anotherRecord(String id) {
        Schema invoice =
                SchemaBuilder.record("Invoice").fields().requiredString("id").endRecord();
        GenericRecord record = new GenericData.Record(invoice);
        record.put("id", id);
        return generic.serialize(topic + "-of-somebody-else", record);
    }

    /** The id's length, a variable-length integer behind the header, says 2^31 - 1. */
    private static byte[] claimsTwoGigabytes(byte[] good) {
        byte[] claim = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x1f};
        System.arraycopy(claim, 0, good, HEADER_BYTES, claim.length);
        return good;
    }

    /** Puts a byte that is no UTF-8 into the marked text. */
    private static byte[] latin1(byte[] value) {
        byte[] mark = MARK.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at <= value.length - mark.length; at++) {
            if (Arrays.equals(value, at, at + mark.length, mark, 0, mark.length)) {
                value[at] = (byte) 0xfc;
                return value;
            }
        }
        throw new IllegalStateException("the mark is not there");
    }

    private byte[] bytes(LabelledSample sample) {
        return serializer.serialize(topic, sample);
    }

    @Override
    public void close() {
        serializer.close();
        generic.close();
    }
}
