package dev.millrace.trainer.ingest;

import dev.millrace.schemas.LabelledSample;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a {@link LabelledSample} that training looks at, unchecked. Immutable.
 *
 * @param text or null
 * @param features or null
 * @param image or null
 */
record SampleFields(
        String id,
        Instant eventTime,
        @Nullable String label,
        @Nullable String text,
        @Nullable ByteBuffer features,
        @Nullable ByteBuffer image) {

    /**
     * LabelledSample without its free attributes. Avro skips what the reader does not name, so a record that claims a
     * billion attributes costs no memory.
     */
    static final Schema READER = Schema.createRecord(
            LabelledSample.SCHEMA$.getName(),
            null,
            LabelledSample.SCHEMA$.getNamespace(),
            false,
            LabelledSample.SCHEMA$.getFields().stream()
                    .filter(field -> !field.name().equals("attributes"))
                    .map(field -> new Schema.Field(field, field.schema()))
                    .toList());

    private static final int ID = position("id");
    private static final int EVENT_TIME = position("eventTime");
    private static final int LABEL = position("label");
    private static final int TEXT = position("text");
    private static final int FEATURES = position("features");
    private static final int IMAGE = position("image");

    static GenericDatumReader<GenericRecord> readerFor(Schema writer) {
        return new GenericDatumReader<>(writer, READER);
    }

    static SampleFields of(GenericRecord record) {
        return new SampleFields(
                (String) record.get(ID),
                Instant.ofEpochMilli((Long) record.get(EVENT_TIME)),
                (String) record.get(LABEL),
                (String) record.get(TEXT),
                (ByteBuffer) record.get(FEATURES),
                (ByteBuffer) record.get(IMAGE));
    }

    private static int position(String field) {
        return READER.getField(field).pos();
    }
}
