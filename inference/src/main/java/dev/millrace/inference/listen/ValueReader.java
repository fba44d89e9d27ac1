package dev.millrace.inference.listen;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one kind of value and tells bad bytes from a registry that is away. Owned by the listening thread. */
final class ValueReader<T extends SpecificRecord> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ValueReader.class);

    private final String topic;
    private final Deserializer<T> deserializer;

    ValueReader(String topic, Deserializer<T> deserializer) {
        this.topic = topic;
        this.deserializer = deserializer;
    }

    /**
     * Reads a value.
     *
     * @return empty for bytes that are no such record; logged
     * @throws RegistryUnavailableException when the registry does not tell the schema
     */
    Optional<T> read(byte[] value) {
        try {
            return Optional.ofNullable(deserializer.deserialize(topic, value));
        } catch (RuntimeException e) { // bytes may end early, or hold nonsense that Avro trips over in any way
            if (isRegistryTrouble(e)) {
                throw new RegistryUnavailableException(
                        "the schema registry cannot tell a schema of " + topic + ": " + root(e), e);
            }
            log.warn("Record ignored, its bytes are no such record topic={} cause={}", topic, root(e).toString());
            return Optional.empty();
        }
    }

    /** Avro reports bytes that end early as end of file, which is an I/O exception too. */
    private static boolean isRegistryTrouble(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof RestClientException
                    || (cause instanceof IOException && !(cause instanceof EOFException))) {
                return true;
            }
        }
        return false;
    }

    private static Throwable root(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : root(cause);
    }

    @Override
    public void close() {
        deserializer.close();
    }
}
