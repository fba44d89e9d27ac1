package dev.millrace.trainer.ingest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Finds text that is no UTF-8. Avro's decoder puts U+FFFD in place of such bytes without a word, and a sample that a
 * producer wrote in another encoding would be trained as garbage. Stateless.
 */
final class StrictTexts {
    private static final char REPLACEMENT = '\uFFFD';

    /** {@link SampleFields#READER} with texts as bytes. */
    private static final Schema BYTES_READER = Schema.createRecord(
            SampleFields.READER.getName(),
            null,
            SampleFields.READER.getNamespace(),
            false,
            SampleFields.READER.getFields().stream()
                    .map(field -> new Schema.Field(
                            field.name(),
                            plain(field.schema()),
                            null,
                            field.hasDefaultValue() ? field.defaultVal() : null))
                    .toList());

    private StrictTexts() {}

    /** Whether the texts must be looked at byte by byte; true for few records, also good ones. */
    static boolean isSuspect(SampleFields fields) {
        return isSuspect(fields.id()) || isSuspect(fields.label()) || isSuspect(fields.text());
    }

    private static boolean isSuspect(@Nullable String text) {
        return text != null && text.indexOf(REPLACEMENT) >= 0;
    }

    /**
     * The first field whose text is no UTF-8, read once more from the record's bytes; empty when all are.
     *
     * @param value the record, known to follow the schema from index {@code from} on
     * @param writer schema they were written with
     */
    static Optional<String> garbledField(byte[] value, int from, Schema writer) throws IOException {
        GenericRecord record = new GenericDatumReader<GenericRecord>(writer, BYTES_READER)
                .read(null, DecoderFactory.get().binaryDecoder(value, from, value.length - from, null));
        for (Schema.Field field : BYTES_READER.getFields()) {
            if (record.get(field.pos()) instanceof Utf8 text && !isUtf8(text)) {
                return Optional.of(field.name());
            }
        }
        return Optional.empty();
    }

    private static boolean isUtf8(Utf8 text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text.getBytes(), 0, text.getByteLength()));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static Schema plain(Schema schema) {
        return switch (schema.getType()) {
            case STRING -> Schema.create(Schema.Type.STRING);
            case UNION ->
                Schema.createUnion(
                        schema.getTypes().stream().map(StrictTexts::plain).toList());
            default -> schema;
        };
    }
}
