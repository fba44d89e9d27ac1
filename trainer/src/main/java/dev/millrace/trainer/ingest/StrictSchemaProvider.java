package dev.millrace.trainer.ingest;

import io.confluent.kafka.schemaregistry.AbstractSchemaProvider;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.rest.entities.Schema;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;

/**
 * Parses Avro schemas for the registry client and refuses the other types. Confluent's own provider turns a broken schema,
 * and a registry that went away while a reference was fetched, into the same "Invalid schema"; this one lets the reason out.
 * Thread-safe.
 */
final class StrictSchemaProvider extends AbstractSchemaProvider {
    private final String type;

    private StrictSchemaProvider(String type) {
        this.type = type;
    }

    /** One provider for each type of schema that a registry keeps. */
    static List<StrictSchemaProvider> all() {
        return List.of(
                new StrictSchemaProvider(AvroSchema.TYPE),
                new StrictSchemaProvider("JSON"),
                new StrictSchemaProvider("PROTOBUF"));
    }

    @Override
    public String schemaType() {
        return type;
    }

    @Override
    public Optional<ParsedSchema> parseSchema(Schema schema, boolean isNew, boolean normalize) {
        return Optional.of(parseSchemaOrElseThrow(schema, isNew, normalize));
    }

    @Override
    public ParsedSchema parseSchemaOrElseThrow(Schema schema, boolean isNew, boolean normalize) {
        if (!type.equals(AvroSchema.TYPE)) {
            throw new IllegalArgumentException("its type is " + type + ", must be " + AvroSchema.TYPE);
        }
        return new AvroSchema(schema.getSchema(), schema.getReferences(), resolveReferences(schema), null, isNew);
    }

    /**
     * Throws the I/O or registry failure that hides among the causes, when there is one. What Avro complains about is the
     * schema's own fault, also when the parser underneath calls it I/O.
     */
    static void rethrowRegistryFailure(RuntimeException failure) throws IOException, RestClientException {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AvroRuntimeException) {
                return;
            }
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof RestClientException refused) {
                throw refused;
            }
        }
    }
}
