package dev.millrace.trainer.ingest;

import dev.millrace.schemas.LabelledSample;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
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

    private static final Schema ATTRIBUTES =
            LabelledSample.SCHEMA$.getField("attributes").schema();
    private static final String CURRENT = SchemaNormalization.toParsingForm(LabelledSample.SCHEMA$);
    private static final int NULL = 0;
    private static final int PRESENT = 1;

    private static final int ID = position("id");
    private static final int EVENT_TIME = position("eventTime");
    private static final int LABEL = position("label");
    private static final int TEXT = position("text");
    private static final int FEATURES = position("features");
    private static final int IMAGE = position("image");

    /** Reads the fields of one sample. Not thread-safe. */
    @FunctionalInterface
    interface Reader {
        SampleFields read(BinaryDecoder decoder) throws IOException;
    }

    /** Reads what was written with this schema: field by field if it is today's, which takes half the time. */
    static Reader readerFor(Schema writer) {
        if (SchemaNormalization.toParsingForm(writer).equals(CURRENT)) {
            return SampleFields::readCurrent;
        }
        GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(writer, READER);
        return decoder -> of(reader.read(null, decoder));
    }

    private static SampleFields readCurrent(BinaryDecoder decoder) throws IOException {
        SampleFields fields = new SampleFields(
                decoder.readString(),
                Instant.ofEpochMilli(decoder.readLong()),
                isPresent(decoder) ? decoder.readString() : null,
                isPresent(decoder) ? decoder.readString() : null,
                isPresent(decoder) ? decoder.readBytes(null) : null,
                isPresent(decoder) ? decoder.readBytes(null) : null);
        GenericDatumReader.skip(ATTRIBUTES, decoder);
        return fields;
    }

    private static boolean isPresent(BinaryDecoder decoder) throws IOException {
        int branch = decoder.readIndex();
        if (branch != NULL && branch != PRESENT) {
            throw new AvroTypeException("branch " + branch + " of a union of two");
        }
        return branch == PRESENT;
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
