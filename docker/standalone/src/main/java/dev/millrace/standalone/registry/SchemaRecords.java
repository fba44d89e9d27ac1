package dev.millrace.standalone.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confluent.kafka.schemaregistry.CompatibilityLevel;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import java.io.IOException;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records of the {@code _schemas} topic as Confluent's registry writes them, both ways. Stateless.
 *
 * <pre>
 * {"keytype":"SCHEMA","subject":"t-value","version":1,"magic":1}  {"subject":"t-value","version":1,"id":1,"schema":"..","deleted":false}
 * {"keytype":"CONFIG","subject":null,"magic":0}                   {"subject":null,"compatibilityLevel":"BACKWARD"}
 * </pre>
 */
final class SchemaRecords {
    private static final Logger log = LoggerFactory.getLogger(SchemaRecords.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private SchemaRecords() {}

    /** Key and value in JSON. */
    record Entry(byte[] key, byte[] value) {}

    static Entry of(RegisteredSchema added) {
        ObjectNode key = key("SCHEMA", added.subject());
        key.put("version", added.version()).put("magic", 1);
        ObjectNode value = JSON.createObjectNode();
        value.put("subject", added.subject()).put("version", added.version()).put("id", added.id());
        value.put("schema", added.text()).put("deleted", false);
        return entry(key, value);
    }

    static Entry of(Optional<String> subject, CompatibilityLevel level) {
        ObjectNode value = JSON.createObjectNode();
        value.put("subject", subject.orElse(null)).put("compatibilityLevel", level.name());
        return entry(key("CONFIG", subject.orElse(null)).put("magic", 0), value);
    }

    /** Brings the catalogue up to date with a record; one that is not understood is left out with a warning. */
    static void apply(byte @Nullable [] key, byte @Nullable [] value, SchemaCatalogue catalogue) {
        try {
            JsonNode keyNode = JSON.readTree(key == null ? new byte[0] : key);
            JsonNode valueNode = value == null ? JSON.nullNode() : JSON.readTree(value);
            switch (keyNode.path("keytype").asText()) {
                case "SCHEMA" -> applySchema(keyNode, valueNode, catalogue);
                case "CONFIG" -> applyLevel(keyNode, valueNode, catalogue);
                case "NOOP" -> log.debug("Record without meaning in _schemas left out");
                default -> log.warn("Record of unknown kind in _schemas left out key={}", keyNode);
            }
        } catch (IOException | AvroRuntimeException | IllegalArgumentException e) {
            log.warn("Malformed record in _schemas left out cause={}", e.toString());
        }
    }

    private static void applySchema(JsonNode key, JsonNode value, SchemaCatalogue catalogue) {
        String subject = key.required("subject").asText();
        int version = key.required("version").asInt();
        if (value.isNull()) {
            catalogue.remove(subject, version);
            return;
        }
        var schema = new AvroSchema(value.required("schema").asText());
        catalogue.add(
                new RegisteredSchema(subject, version, value.required("id").asInt(), schema));
        if (value.path("deleted").asBoolean()) {
            catalogue.remove(subject, version);
        }
    }

    private static void applyLevel(JsonNode key, JsonNode value, SchemaCatalogue catalogue) {
        JsonNode subject = key.path("subject");
        CompatibilityLevel level = value.isNull()
                ? CompatibilityLevel.BACKWARD
                : CompatibilityLevel.valueOf(
                        value.required("compatibilityLevel").asText());
        catalogue.setLevel(subject.isTextual() ? Optional.of(subject.asText()) : Optional.empty(), level);
    }

    private static ObjectNode key(String type, @Nullable String subject) {
        return JSON.createObjectNode().put("keytype", type).put("subject", subject);
    }

    private static Entry entry(ObjectNode key, ObjectNode value) {
        try {
            return new Entry(JSON.writeValueAsBytes(key), JSON.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("JSON of plain values can always be written", e);
        }
    }
}
