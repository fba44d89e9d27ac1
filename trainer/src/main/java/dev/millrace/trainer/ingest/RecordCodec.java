package dev.millrace.trainer.ingest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.serialization.Serde;

/**
 * Writes and reads one kind of record in the Confluent wire format, always under the subject of one topic; waits while the
 * schema registry cannot answer. Thread-safe. Ends with the {@link RegistryAccess} that made it.
 *
 * <p>The Confluent serialiser writes the first record and thereby registers the schema. From then on the schema id is known
 * and Avro is called directly, which is several times faster: the serialiser looks the id up for every record in a cache
 * whose every hit counts its own queue.
 */
public final class RecordCodec<T extends SpecificRecord> {
    private static final int HEADER_BYTES = 1 + Integer.BYTES;
    private static final int TYPICAL_BYTES = 512;
    private static final int UNKNOWN = -1;

    private final Serde<T> serde;
    private final String topic;
    private final RegistryPatience patience;
    private final SpecificDatumWriter<T> writer;
    private final SpecificDatumReader<T> reader;
    private volatile int schemaId = UNKNOWN;

    RecordCodec(Serde<T> serde, Class<T> type, String topic, RegistryPatience patience) {
        this.serde = serde;
        this.topic = topic;
        this.patience = patience;
        this.writer = new SpecificDatumWriter<>(type);
        this.reader = new SpecificDatumReader<>(type);
    }

    /**
     * Writes one record.
     *
     * @throws RegistryPatience.ClosedWhileWaitingException when closed while waiting
     */
    public byte[] encode(T value) {
        if (schemaId == UNKNOWN) {
            byte[] first = await(
                    "register the schema of " + topic, () -> serde.serializer().serialize(topic, value));
            schemaId = schemaIdOf(first);
            return first;
        }
        return encode(TYPICAL_BYTES, encoder -> writer.write(value, encoder));
    }

    /** Writes the fields of one record, each as Avro has it and in the schema's order. */
    @FunctionalInterface
    public interface Body {
        void write(BinaryEncoder encoder) throws IOException;
    }

    /**
     * Writes one record that is put together from parts.
     *
     * @param expectedBytes about how many bytes it will have
     * @throws IllegalStateException when this codec has not written a whole record yet, which makes the schema known
     */
    public byte[] encode(int expectedBytes, Body body) {
        if (!isReady()) {
            throw new IllegalStateException("the schema of " + topic + " is not registered yet");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(HEADER_BYTES + expectedBytes);
        out.writeBytes(ByteBuffer.allocate(HEADER_BYTES).putInt(1, schemaId).array());
        try {
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            body.write(encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail", e);
        }
        return out.toByteArray();
    }

    /** Whether the schema is known, so that a record can be put together from parts. */
    public boolean isReady() {
        return schemaId != UNKNOWN;
    }

    /** The Avro bytes of a record that was written with the very schema this codec writes; empty for any other. */
    public Optional<ByteBuffer> body(byte[] record) {
        return isReady() && schemaIdOf(record) == schemaId
                ? Optional.of(ByteBuffer.wrap(record, HEADER_BYTES, record.length - HEADER_BYTES))
                : Optional.empty();
    }

    /**
     * Reads one record.
     *
     * @param bytes what {@link #encode} made, of this or an older version of the schema
     * @throws RegistryPatience.ClosedWhileWaitingException when closed while waiting
     */
    public T decode(byte[] bytes) {
        if (schemaIdOf(bytes) != schemaId) {
            return await(
                    "read the schema of " + topic, () -> serde.deserializer().deserialize(topic, bytes));
        }
        try {
            return reader.read(
                    null, DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null));
        } catch (IOException e) {
            throw new UncheckedIOException("own record of " + topic + " is damaged", e);
        }
    }

    private static int schemaIdOf(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getInt(1);
    }

    private <R> R await(String purpose, Supplier<R> conversion) {
        return patience.await(purpose, () -> {
            try {
                return conversion.get();
            } catch (InvalidConfigurationException e) {
                throw new IOException(e); // so the client wraps the registry's 4xx answers
            } catch (KafkaException e) {
                StrictSchemaProvider.rethrowRegistryFailure(e);
                throw e;
            }
        });
    }
}
