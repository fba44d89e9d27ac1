package dev.millrace.trainer.ingest;

import java.io.IOException;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.serialization.Serde;

/**
 * Writes and reads one kind of record in the Confluent wire format, always under the subject of one topic; waits while the
 * schema registry cannot answer. Thread-safe: the Confluent serialisers behind it share only concurrent caches. Ends with
 * the {@link RegistryAccess} that made it.
 */
public final class RecordCodec<T extends SpecificRecord> {
    private final Serde<T> serde;
    private final String topic;
    private final RegistryPatience patience;

    RecordCodec(Serde<T> serde, String topic, RegistryPatience patience) {
        this.serde = serde;
        this.topic = topic;
        this.patience = patience;
    }

    /**
     * Writes one record.
     *
     * @throws RegistryPatience.ClosedWhileWaitingException when closed while waiting
     */
    public byte[] encode(T value) {
        return await("register the schema of " + topic, () -> serde.serializer().serialize(topic, value));
    }

    /**
     * Reads one record.
     *
     * @param bytes what {@link #encode} made, of this or an older version of the schema
     * @throws RegistryPatience.ClosedWhileWaitingException when closed while waiting
     */
    public T decode(byte[] bytes) {
        return await("read the schema of " + topic, () -> serde.deserializer().deserialize(topic, bytes));
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
