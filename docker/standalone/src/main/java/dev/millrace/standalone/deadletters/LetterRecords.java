package dev.millrace.standalone.deadletters;

import dev.millrace.contract.KafkaConfig;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;

/**
 * Decodes the records inside dead letters with the very schema they were written with, as far as that is possible: most of
 * them are dead letters because it is not. Not thread-safe; closed by who made it.
 */
public final class LetterRecords implements AutoCloseable {
    private static final String ID = "id";

    private final KafkaAvroDeserializer decoder = new KafkaAvroDeserializer();

    public LetterRecords(KafkaConfig kafka) {
        Map<String, Object> properties = new HashMap<>();
        kafka.registryProperties().forEach((name, value) -> {
            properties.put(name, value);
            properties.put("schema.registry." + name, value);
        });
        properties.put("schema.registry.url", kafka.registryUrl());
        decoder.configure(properties, false);
    }

    /** The record inside; empty when its bytes, its schema or the registry do not give one. */
    public Optional<GenericRecord> decode(Letter letter) {
        ByteBuffer value = letter.content().getValue();
        if (value == null || letter.content().getSchemaId() == null) {
            return Optional.empty();
        }
        try {
            Object decoded = decoder.deserialize(letter.content().getSourceTopic(), Bytes.array(value));
            return decoded instanceof GenericRecord record ? Optional.of(record) : Optional.empty();
        } catch (RuntimeException | VirtualMachineError e) {
            // Hostile bytes: nearly any exception, a stack overflow, or one array larger than the heap, which costs
            // nothing.
            return Optional.empty();
        }
    }

    /** The id inside the record, where there is one. */
    public Optional<String> id(Letter letter) {
        return decode(letter)
                .filter(record -> record.hasField(ID))
                .map(record -> record.get(ID))
                .map(Object::toString);
    }

    @Override
    public void close() {
        decoder.close();
    }
}
