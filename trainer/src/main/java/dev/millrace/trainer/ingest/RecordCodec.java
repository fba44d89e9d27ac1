package dev.millrace.trainer.ingest;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

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
    private final Class<T> type;
    private final String topic;
    private final SchemaRegistryClient registry;
    private final RegistryPatience patience;
    private final Map<Integer, SpecificDatumReader<T>> readers = new ConcurrentHashMap<>();
    private final SpecificDatumWriter<T> writer;
    private volatile int schemaId = UNKNOWN;

    /**
     * What is written and read.
     *
     * @param serde of the Confluent client, which registers the schema
     * @param topic under whose subject it is registered
     */
    record Kind<T extends SpecificRecord>(Serde<T> serde, Class<T> type, String topic) {}

    RecordCodec(Kind<T> kind, SchemaRegistryClient registry, RegistryPatience patience) {
        this.serde = kind.serde();
        this.type = kind.type();
        this.topic = kind.topic();
        this.registry = registry;
        this.patience = patience;
        this.writer = new SpecificDatumWriter<>(type);
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
        // The JDK's own locks with every write, which costs more than the writing.
        ByteBufferOutputStream out = new ByteBufferOutputStream(HEADER_BYTES + expectedBytes);
        out.buffer().put((byte) 0).putInt(schemaId);
        try {
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            body.write(encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail", e);
        }
        ByteBuffer written = out.buffer().flip();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
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
     * Reads one record. Only its schema is waited for: bytes that do not fit it are refused at once.
     *
     * @param bytes what {@link #encode} made, of this or an older version of the schema
     * @throws SerializationException when the bytes are cut short, altered, or no record of this kind
     * @throws RegistryPatience.ClosedWhileWaitingException when closed while waiting
     */
    public T decode(byte[] bytes) {
        if (bytes.length < HEADER_BYTES || bytes[0] != 0) {
            throw new SerializationException("no record of " + topic + ": " + bytes.length
                    + " bytes that do not begin with a zero and a schema id");
        }
        SpecificDatumReader<T> reader = readers.computeIfAbsent(schemaIdOf(bytes), this::readerOf);
        try {
            return reader.read(
                    null, DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null));
        } catch (IOException | RuntimeException e) {
            throw new SerializationException("a record of " + topic + " is damaged or of another kind: " + e, e);
        }
    }

    private SpecificDatumReader<T> readerOf(int schema) {
        SpecificDatumReader<T> reader = new SpecificDatumReader<>(type);
        reader.setSchema(await("read schema " + schema + " of " + topic, () -> {
            ParsedSchema found = registry.getSchemaById(schema);
            return ((AvroSchema) found).rawSchema();
        }));
        return reader;
    }

    private static int schemaIdOf(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getInt(1);
    }

    private <R> R await(String purpose, RegistryPatience.Request<R> request) {
        return patience.await(purpose, () -> {
            try {
                return request.send();
            } catch (InvalidConfigurationException e) {
                throw new IOException(e); // so the client wraps the registry's 4xx answers
            } catch (RuntimeException e) {
                StrictSchemaProvider.rethrowRegistryFailure(e);
                throw e;
            }
        });
    }
}
