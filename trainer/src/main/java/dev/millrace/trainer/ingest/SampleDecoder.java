package dev.millrace.trainer.ingest;

import dev.millrace.schemas.RejectReason;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one record, in the Confluent wire format (a zero byte, the schema id in four bytes, Avro binary), into
 * a {@link Decoded}. The Avro bytes must be used up exactly: with a producer's wrong schema id they often decode to
 * something and leave a rest.
 *
 * <p>Owned by one stream thread. Holds no resource.
 */
public final class SampleDecoder {
    private static final int MAGIC_BYTE = 0;
    private static final int HEADER_BYTES = 1 + Integer.BYTES;

    private final SchemaLookup schemas;
    private final SampleRules rules;
    private @Nullable BinaryDecoder reused;

    /**
     * A decoder that knows no schema yet.
     *
     * @param registry client of the registry that the producers use
     * @param clock says when to ask again for an id that was unknown
     */
    SampleDecoder(SchemaRegistryClient registry, RegistryPatience patience, SampleRules rules, InstantSource clock) {
        schemas = new SchemaLookup(registry, patience, clock);
        this.rules = rules;
    }

    /**
     * Decodes and validates one record; waits while the schema registry cannot answer.
     *
     * @param value bytes of the record, or null for a tombstone; not modified, not kept
     * @throws RegistryPatience.ClosedWhileWaitingException when closed during such a wait
     */
    public Decoded decode(byte @Nullable [] value, SourcePosition source) {
        if (value == null || value.length == 0) {
            return rejected(
                    RejectReason.EMPTY_RECORD,
                    value == null ? "the value is null (a tombstone)" : "the value has no bytes",
                    null);
        }
        if (value[0] != MAGIC_BYTE) {
            return rejected(
                    RejectReason.NO_MAGIC_BYTE,
                    "the value starts with byte 0x%02x, must be 0x00 followed by a schema id"
                            .formatted(value[0] & 0xff),
                    null);
        }
        if (value.length < HEADER_BYTES) {
            return rejected(
                    RejectReason.MALFORMED_AVRO,
                    "the value ends inside the schema id, after " + value.length + " bytes",
                    null);
        }
        int schemaId = ByteBuffer.wrap(value).getInt(1);
        SchemaLookup.Resolution resolution = schemas.resolve(schemaId);
        if (resolution instanceof SchemaLookup.Resolution.Refused refused) {
            return rejected(refused.reason(), refused.detail(), schemaId);
        }
        return read(value, schemaId, (SchemaLookup.Resolution.Known) resolution, source);
    }

    private Decoded read(byte[] value, int schemaId, SchemaLookup.Resolution.Known schema, SourcePosition source) {
        SampleFields fields;
        try {
            reused = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, reused);
            fields = schema.reader().read(reused);
            if (!reused.isEnd()) {
                return rejected(
                        RejectReason.MALFORMED_AVRO,
                        "bytes are left over after a complete sample of schema " + schemaId,
                        schemaId);
            }
            Optional<String> garbled = StrictTexts.isSuspect(fields)
                    ? StrictTexts.garbledField(value, HEADER_BYTES, schema.writer())
                    : Optional.empty();
            if (garbled.isPresent()) {
                return rejected(RejectReason.MALFORMED_AVRO, garbled.get() + " is no valid UTF-8", schemaId);
            }
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // Hostile bytes surface as nearly any exception of the Avro reader, deep nesting as a stack overflow.
            return rejected(
                    RejectReason.MALFORMED_AVRO, "the bytes do not follow schema " + schemaId + ": " + e, schemaId);
        }
        return rules.check(fields, schemaId, source);
    }

    private static Decoded rejected(RejectReason reason, String detail, @Nullable Integer schemaId) {
        return new Decoded.Rejected(reason, detail, schemaId);
    }
}
