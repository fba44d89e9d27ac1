package dev.millrace.contract;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Serialisers of the Avro records for record values, over the Confluent client: magic byte 0, four bytes of schema id, Avro
 * binary. The subject of topic {@code t} is {@code t-value}; a schema that the registry does not know yet is registered by
 * the first write, and refused there when it is not compatible.
 *
 * <p>Immutable and thread-safe; the serialisers that it makes belong to one thread each and are closed by who asked for
 * them. Nothing is connected before the first record.
 */
public final class AvroSerdes {
    private static boolean trusted;

    static {
        trustGeneratedRecords();
    }

    private final Map<String, Object> properties;

    /** Serialisers for the registry at {@link KafkaConfig#registryUrl}, with its further registry properties. */
    public AvroSerdes(KafkaConfig config) {
        this(config.registryUrl(), config.registryProperties());
    }

    /**
     * Serialisers for the registry at an address.
     *
     * @param registryUrl one or more addresses, comma-separated; {@code mock://scope} keeps schemas in this process
     */
    public AvroSerdes(String registryUrl) {
        this(registryUrl, Map.of());
    }

    private AvroSerdes(String registryUrl, Map<String, String> registryProperties) {
        Map<String, Object> merged = new HashMap<>();
        merged.put("auto.register.schemas", true);
        registryProperties.forEach((key, value) -> {
            merged.put(key, value);
            merged.put("schema.registry." + key, value); // the client looks for its TLS settings under this prefix only
        });
        merged.put("schema.registry.url", registryUrl);
        merged.put("specific.avro.reader", true);
        this.properties = Map.copyOf(merged);
    }

    /** Subject under which the value schema of a topic is registered. */
    public static String subject(String topic) {
        return topic + "-value";
    }

    public <T extends SpecificRecord> Serializer<T> serializer() {
        return new RecordSerializer<>(new KafkaAvroSerializer(), properties);
    }

    /**
     * A deserialiser that gives null for null and throws {@link SerializationException} for bytes that are no such record.
     *
     * @param type what the reader wants; a value written with another version of its schema is converted
     */
    public <T extends SpecificRecord> Deserializer<T> deserializer(Class<T> type) {
        return new RecordDeserializer<>(new KafkaAvroDeserializer(), properties, type);
    }

    public <T extends SpecificRecord> Serde<T> serde(Class<T> type) {
        return Serdes.serdeFrom(serializer(), deserializer(type));
    }

    /**
     * Avro reads and writes generated classes only when their package is trusted, and its default trusts none. Done once by
     * this class; a reader of records that uses no serialiser calls it first.
     */
    public static synchronized void trustGeneratedRecords() {
        if (!trusted) {
            trusted = true;
            ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                    ClassSecurityValidator.getGlobal(), type -> type.getName().startsWith("dev.millrace.schemas.")));
        }
    }

    private record RecordSerializer<T extends SpecificRecord>(KafkaAvroSerializer confluent) implements Serializer<T> {
        RecordSerializer(KafkaAvroSerializer confluent, Map<String, Object> properties) {
            this(confluent);
            confluent.configure(properties, false);
        }

        @Override
        public byte @Nullable [] serialize(String topic, @Nullable T value) {
            return confluent.serialize(topic, value);
        }

        @Override
        public void close() {
            confluent.close();
        }
    }

    private record RecordDeserializer<T extends SpecificRecord>(
            KafkaAvroDeserializer confluent, Class<T> type, Schema schema) implements Deserializer<T> {
        RecordDeserializer(KafkaAvroDeserializer confluent, Map<String, Object> properties, Class<T> type) {
            this(confluent, type, SpecificData.get().getSchema(type));
            confluent.configure(properties, false);
        }

        @Override
        public @Nullable T deserialize(String topic, byte @Nullable [] bytes) {
            Object value = confluent.deserialize(topic, bytes, schema);
            if (value != null && !type.isInstance(value)) {
                throw new SerializationException("Value of topic " + topic + " is no " + type.getSimpleName()
                        + " but a " + value.getClass().getName());
            }
            return type.cast(value);
        }

        @Override
        public void close() {
            confluent.close();
        }
    }
}
