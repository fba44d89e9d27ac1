package dev.millrace.trainer.ingest;

import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.jspecify.annotations.Nullable;

/**
 * From a schema id to a reader of {@link LabelledSample}'s fields, or to the reason why that schema cannot be one. Asks the
 * registry once per id. Owned by one stream thread.
 */
final class SchemaLookup {
    /** The registry's own words for "no such thing"; a 404 of another make (a wrong address, a proxy) is not among them. */
    private static final Set<Integer> NOT_FOUND = Set.of(40401, 40402, 40403);

    private static final int REMEMBERED_IDS = 1_000;
    /** A schema may be registered after somebody used its id, so "unknown" is not for ever. */
    private static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);

    private final SchemaRegistryClient registry;
    private final RegistryPatience patience;
    private final InstantSource clock;
    private final Map<Integer, Resolution> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Resolution> eldest) {
            return size() > REMEMBERED_IDS;
        }
    };

    private int latestId;
    private @Nullable Resolution latest;

    /** What an id stands for. */
    sealed interface Resolution {
        /** Records of this schema can be read. */
        record Known(SampleFields.Reader reader, Schema writer) implements Resolution {}

        /** Records of this schema are refused; the verdict holds until {@code until}. */
        record Refused(RejectReason reason, String detail, Instant until) implements Resolution {}
    }

    SchemaLookup(SchemaRegistryClient registry, RegistryPatience patience, InstantSource clock) {
        this.registry = registry;
        this.patience = patience;
        this.clock = clock;
    }

    Resolution resolve(int schemaId) {
        // Most records have the schema of the one before.
        Resolution resolution = schemaId == latestId && latest != null ? latest : known.get(schemaId);
        if (resolution == null || isOutdated(resolution)) {
            resolution = patience.await("read schema " + schemaId, () -> ask(schemaId));
            known.put(schemaId, resolution);
        }
        latestId = schemaId;
        latest = resolution;
        return resolution;
    }

    private boolean isOutdated(Resolution resolution) {
        return resolution instanceof Resolution.Refused refused
                && !clock.instant().isBefore(refused.until());
    }

    private Resolution ask(int schemaId) throws IOException, RestClientException {
        try {
            return judge(schemaId, registry.getSchemaById(schemaId));
        } catch (RestClientException e) {
            if (NOT_FOUND.contains(e.getErrorCode())) {
                return new Resolution.Refused(
                        RejectReason.UNKNOWN_SCHEMA,
                        "the schema registry has no schema with id " + schemaId,
                        clock.instant().plus(UNKNOWN_FOR));
            }
            throw e;
        } catch (RuntimeException e) {
            StrictSchemaProvider.rethrowRegistryFailure(e);
            return wrongSchema("schema " + schemaId + " is no usable Avro schema: " + e.getMessage());
        }
    }

    private static Resolution judge(int schemaId, ParsedSchema parsed) {
        Schema writer = ((AvroSchema) parsed).rawSchema();
        var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(SampleFields.READER, writer);
        if (compatibility.getType() != SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE) {
            return wrongSchema("schema " + schemaId + " (" + writer.getFullName() + ") cannot be read as "
                    + LabelledSample.class.getSimpleName() + ": "
                    + compatibility.getResult().getIncompatibilities());
        }
        try {
            return new Resolution.Known(SampleFields.readerFor(writer), writer);
        } catch (AvroRuntimeException e) {
            return wrongSchema("schema " + schemaId + " cannot be read: " + e.getMessage());
        }
    }

    private static Resolution wrongSchema(String detail) {
        return new Resolution.Refused(RejectReason.WRONG_SCHEMA, detail, Instant.MAX);
    }
}
