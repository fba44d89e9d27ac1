package dev.millrace.standalone.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.schemaregistry.CompatibilityLevel;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;

/**
 * A request, taken apart. The array is not shared after hand-over.
 *
 * @param method for example {@code GET}
 * @param path decoded segments; empty for {@code /}
 * @param query parts such as {@code normalize=true}
 * @param body as it was sent
 */
record RegistryRequest(String method, List<String> path, List<String> query, byte[] body) {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Asks for something that this registry would silently forget. */
    private static final List<String> UNSUPPORTED = List.of("references", "metadata", "ruleSet");

    static RegistryRequest of(String method, URI uri, byte[] body) {
        List<String> path = Arrays.stream(uri.getRawPath().split("/"))
                .filter(segment -> !segment.isEmpty())
                .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
                .toList();
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        return new RegistryRequest(method, path, List.of(query.split("&")), body);
    }

    boolean has(String flag) {
        return query.contains(flag + "=true");
    }

    /** The schema in the body of a registration, with full checks of names and default values. */
    AvroSchema newSchema() throws RegistryException {
        return schema(true);
    }

    /** The schema in the body of a question. */
    AvroSchema schema() throws RegistryException {
        return schema(false);
    }

    private AvroSchema schema(boolean isNew) throws RegistryException {
        JsonNode json = json();
        String type = json.path("schemaType").asText("AVRO");
        if (!type.isEmpty() && !type.equals("AVRO") && !type.equals("null")) {
            throw RegistryException.invalidSchema("type " + type + " is not supported, only AVRO is");
        }
        for (String field : UNSUPPORTED) {
            JsonNode value = json.path(field);
            if (!value.isMissingNode() && !value.isNull() && !value.isEmpty()) {
                throw RegistryException.invalidSchema("\"" + field + "\" is not supported by this registry");
            }
        }
        if (json.path("id").asInt() > 0) {
            throw new RegistryException(42205, "Ids are given by the registry; import mode is not supported");
        }
        try {
            var schema = new AvroSchema(json.path("schema").asText(), List.of(), Map.of(), null, isNew);
            schema.rawSchema();
            return has("normalize") ? schema.normalize() : schema;
        } catch (AvroRuntimeException | IllegalArgumentException e) {
            throw RegistryException.invalidSchema(String.valueOf(e.getMessage()));
        }
    }

    /** The level in the body of {@code PUT /config}. */
    CompatibilityLevel level() throws RegistryException {
        String name = json().path("compatibility").asText();
        return Optional.ofNullable(CompatibilityLevel.forName(name))
                .orElseThrow(() -> new RegistryException(
                        42203,
                        "Invalid compatibility level \"" + name + "\". Valid values are "
                                + Arrays.toString(CompatibilityLevel.values())));
    }

    private JsonNode json() throws RegistryException {
        try {
            JsonNode json = JSON.readTree(body);
            if (json != null && json.isObject()) {
                return json;
            }
        } catch (IOException e) {
            throw new RegistryException(400, "The body is no JSON: " + e.getMessage());
        }
        throw new RegistryException(400, "The body must be a JSON object");
    }
}
