package dev.millrace.trainer.ingest;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.rest.entities.Schema;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.util.Optional;

/**
 * Lets the reason of a failed parse out of the registry client, which otherwise turns a broken schema and a registry that
 * went away while a reference was fetched into the same "Invalid schema". Thread-safe.
 */
final class StrictAvroProvider extends AvroSchemaProvider {
    @Override
    public Optional<ParsedSchema> parseSchema(Schema schema, boolean isNew, boolean normalize) {
        return Optional.of(parseSchemaOrElseThrow(schema, isNew, normalize));
    }

    /**
     * Whether the client gave up because no provider knows the schema's type (JSON, PROTOBUF): with this provider in place
     * nothing else makes it say "Invalid schema".
     */
    static boolean isForeignSchemaType(IOException failure) {
        return failure.getMessage() != null && failure.getMessage().startsWith("Invalid schema");
    }

    /** Throws the I/O or registry failure that hides among the causes, when there is one. */
    static void rethrowRegistryFailure(RuntimeException failure) throws IOException, RestClientException {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof RestClientException refused) {
                throw refused;
            }
        }
    }
}
