package dev.millrace.standalone.registry;

import io.confluent.kafka.schemaregistry.CompatibilityLevel;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * Answers what the registry knows and decides on what it takes. Thread-safe: what is known is answered from memory at once;
 * what is not known is looked for in the topic first, so that "not found" is never said of a schema that another registry
 * has just written.
 */
final class Registrar {
    private final SchemaCatalogue catalogue;
    /** Guarded by itself. */
    private final SchemaLog log;

    Registrar(SchemaCatalogue catalogue, SchemaLog log) {
        this.catalogue = catalogue;
        this.log = log;
    }

    /** A write: what is to be done once this registry is the writer and has read everything. */
    @FunctionalInterface
    private interface Decision<T> {
        T decide() throws RegistryException, InterruptedException;
    }

    List<String> subjects() {
        return catalogue.subjects();
    }

    AvroSchema schema(int id) throws RegistryException {
        return known(() -> catalogue.schema(id)).orElseThrow(() -> RegistryException.schemaNotFound(id));
    }

    List<RegisteredSchema> versionsOf(int id) throws RegistryException {
        schema(id);
        return catalogue.versionsOf(id);
    }

    int maxId() {
        return catalogue.maxId();
    }

    List<RegisteredSchema> versions(String subject) throws RegistryException {
        return known(() -> Optional.of(catalogue.versions(subject)).filter(versions -> !versions.isEmpty()))
                .orElseThrow(() -> RegistryException.subjectNotFound(subject));
    }

    RegisteredSchema version(String subject, Version version) throws RegistryException {
        Optional<RegisteredSchema> found = known(() -> version.of(catalogue.versions(subject)));
        if (found.isEmpty()) {
            versions(subject);
        }
        return found.orElseThrow(() -> RegistryException.versionNotFound(version.number()));
    }

    RegisteredSchema find(String subject, AvroSchema schema) throws RegistryException {
        Optional<RegisteredSchema> found = known(() -> catalogue.find(subject, schema));
        if (found.isEmpty()) {
            versions(subject);
        }
        return found.orElseThrow(RegistryException::schemaNotFound);
    }

    /** Registers the schema unless the subject has it, and gives its id. */
    int register(String subject, AvroSchema schema) throws RegistryException, InterruptedException {
        Optional<RegisteredSchema> present = catalogue.find(subject, schema);
        return present.isPresent() ? present.get().id() : write(() -> registerNew(subject, schema));
    }

    private int registerNew(String subject, AvroSchema schema) throws RegistryException, InterruptedException {
        Optional<RegisteredSchema> present = catalogue.find(subject, schema);
        if (present.isPresent()) {
            return present.get().id();
        }
        List<String> causes = catalogue.incompatibilities(subject, schema, catalogue.versions(subject));
        if (!causes.isEmpty()) {
            throw new RegistryException(
                    409,
                    "Schema being registered is incompatible with an earlier schema for subject \"" + subject
                            + "\", details: " + causes);
        }
        RegisteredSchema added = catalogue.next(subject, schema);
        log.append(SchemaRecords.of(added));
        return added.id();
    }

    /** Why the schema is not compatible with the chosen versions, or with all that its level asks for; empty when it is. */
    List<String> incompatibilities(String subject, AvroSchema schema, Optional<Version> version)
            throws RegistryException {
        List<RegisteredSchema> all = catalogue.versions(subject);
        if (version.isEmpty()) {
            return catalogue.incompatibilities(subject, schema, all);
        }
        Optional<RegisteredSchema> chosen = known(() -> version.get().of(catalogue.versions(subject)));
        if (chosen.isEmpty() && !version.get().isLatest()) {
            throw RegistryException.versionNotFound(version.get().number());
        }
        return catalogue.incompatibilities(subject, schema, chosen.stream().toList());
    }

    CompatibilityLevel globalLevel() {
        return catalogue.globalLevel();
    }

    Optional<CompatibilityLevel> level(String subject) {
        return catalogue.level(subject);
    }

    void setLevel(Optional<String> subject, CompatibilityLevel level) throws RegistryException, InterruptedException {
        write(() -> {
            log.append(SchemaRecords.of(subject, level));
            return level;
        });
    }

    /** Looks into memory, and, if it is not there, reads the topic to its end and looks again. */
    private <T> Optional<T> known(Supplier<Optional<T>> look) throws RegistryException {
        Optional<T> found = look.get();
        if (found.isPresent()) {
            return found;
        }
        synchronized (log) {
            try {
                log.readToEnd();
            } catch (KafkaException e) {
                throw RegistryException.storeFailed(e);
            }
        }
        return look.get();
    }

    private <T> T write(Decision<T> decision) throws RegistryException, InterruptedException {
        synchronized (log) {
            try {
                return writeOnce(decision);
            } catch (ProducerFencedException | InvalidProducerEpochException e) {
                return retry(decision); // another registry wrote since; decide again on what it left
            } catch (KafkaException e) {
                throw RegistryException.storeFailed(e);
            }
        }
    }

    private <T> T retry(Decision<T> decision) throws RegistryException, InterruptedException {
        try {
            return writeOnce(decision);
        } catch (KafkaException e) {
            throw RegistryException.storeFailed(e);
        }
    }

    private <T> T writeOnce(Decision<T> decision) throws RegistryException, InterruptedException {
        log.becomeWriter();
        log.readToEnd();
        return decision.decide();
    }
}
