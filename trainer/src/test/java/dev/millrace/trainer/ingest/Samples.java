package dev.millrace.trainer.ingest;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.LabelledSample;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Samples and registries for tests. */
public final class Samples {
    public static final Instant EVENT_TIME = Instant.parse("2026-01-02T03:04:05Z");

    private Samples() {}

    /** A good sample for a text encoder. */
    public static LabelledSample text(String id, @Nullable String label, @Nullable String text) {
        return new LabelledSample(id, EVENT_TIME, label, text, null, null, Map.of());
    }

    public static LabelledSample features(String id, String label, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return new LabelledSample(id, EVENT_TIME, label, null, bytes.flip(), null, Map.of());
    }

    public static KafkaConfig kafka(String registryUrl) {
        return new KafkaConfig("localhost:1", registryUrl, "", Map.of(), Map.of());
    }

    /** Writes samples the way producers do. */
    public static Serializer<LabelledSample> serializer(String registryUrl) {
        return new AvroSerdes(registryUrl).serializer();
    }

    /** LabelledSample with one more field at the end, as a newer producer has it. */
    public static Schema newerSchema() {
        var fields = SchemaBuilder.record("LabelledSample")
                .namespace("dev.millrace.schemas")
                .fields();
        LabelledSample.SCHEMA$
                .getFields()
                .forEach(field -> fields.name(field.name()).type(field.schema()).noDefault());
        return fields.name("confidence").type().doubleType().doubleDefault(1).endRecord();
    }

    /** LabelledSample as it might have been before features and attributes came along. */
    public static Schema olderSchema() {
        return SchemaBuilder.record("LabelledSample")
                .namespace("dev.millrace.schemas")
                .fields()
                .requiredString("id")
                .name("eventTime")
                .type(LabelledSample.SCHEMA$.getField("eventTime").schema())
                .noDefault()
                .requiredString("label")
                .requiredString("text")
                .endRecord();
    }
}
