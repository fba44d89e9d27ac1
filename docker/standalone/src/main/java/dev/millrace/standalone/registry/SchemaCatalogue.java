package dev.millrace.standalone.registry;

import io.confluent.kafka.schemaregistry.CompatibilityLevel;
import io.confluent.kafka.schemaregistry.ParsedSchemaHolder;
import io.confluent.kafka.schemaregistry.SimpleParsedSchemaHolder;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** What the records of the {@code _schemas} topic add up to. Thread-safe. */
final class SchemaCatalogue {
    /** Confluent's default too: a new version reads what the one before it wrote. */
    private static final CompatibilityLevel DEFAULT_LEVEL = CompatibilityLevel.BACKWARD;

    private final NavigableMap<String, NavigableMap<Integer, RegisteredSchema>> subjects = new TreeMap<>();
    /** Also of versions that were removed: a number is not given twice. */
    private final Map<String, Integer> lastVersions = new HashMap<>();

    private final NavigableMap<Integer, AvroSchema> schemas = new TreeMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, CompatibilityLevel> levels = new HashMap<>();
    private CompatibilityLevel globalLevel = DEFAULT_LEVEL;

    synchronized void add(RegisteredSchema added) {
        subjects.computeIfAbsent(added.subject(), any -> new TreeMap<>()).put(added.version(), added);
        lastVersions.merge(added.subject(), added.version(), Math::max);
        schemas.putIfAbsent(added.id(), added.schema());
        ids.putIfAbsent(added.text(), added.id());
    }

    /** Takes a version out of its subject; its id keeps its meaning, since records may bear it. */
    synchronized void remove(String subject, int version) {
        var versions = subjects.getOrDefault(subject, new TreeMap<>());
        versions.remove(version);
        if (versions.isEmpty()) {
            subjects.remove(subject);
        }
    }

    /** Sets the level of one subject, or of all that have none. */
    synchronized void setLevel(Optional<String> subject, CompatibilityLevel level) {
        subject.ifPresentOrElse(name -> levels.put(name, level), () -> globalLevel = level);
    }

    synchronized CompatibilityLevel globalLevel() {
        return globalLevel;
    }

    synchronized Optional<CompatibilityLevel> level(String subject) {
        return Optional.ofNullable(levels.get(subject));
    }

    synchronized List<String> subjects() {
        return List.copyOf(subjects.keySet());
    }

    /** All versions, oldest first; empty for an unknown subject. */
    synchronized List<RegisteredSchema> versions(String subject) {
        return List.copyOf(versionMap(subject));
    }

    synchronized Optional<AvroSchema> schema(int id) {
        return Optional.ofNullable(schemas.get(id));
    }

    /** All versions of any subject that have this id. */
    synchronized List<RegisteredSchema> versionsOf(int id) {
        return subjects.values().stream()
                .flatMap(versions -> versions.values().stream())
                .filter(version -> version.id() == id)
                .toList();
    }

    synchronized int maxId() {
        return schemas.isEmpty() ? 0 : schemas.lastKey();
    }

    /** The version of the subject that has this very schema. */
    synchronized Optional<RegisteredSchema> find(String subject, AvroSchema schema) {
        String text = schema.canonicalString();
        return versionMap(subject).stream()
                .filter(version -> version.text().equals(text))
                .findFirst();
    }

    /** What a schema would be registered as: the next version, with its id if any subject has it, else the next id. */
    synchronized RegisteredSchema next(String subject, AvroSchema schema) {
        int version = lastVersions.getOrDefault(subject, 0) + 1;
        int id = ids.getOrDefault(schema.canonicalString(), maxId() + 1);
        return new RegisteredSchema(subject, version, id, schema);
    }

    /**
     * Why the schema is not compatible with earlier ones under the subject's level; empty when it is.
     *
     * @param earlier oldest first
     */
    synchronized List<String> incompatibilities(String subject, AvroSchema schema, List<RegisteredSchema> earlier) {
        CompatibilityLevel level = levels.getOrDefault(subject, globalLevel);
        List<ParsedSchemaHolder> holders = new ArrayList<>();
        earlier.forEach(version -> holders.add(new SimpleParsedSchemaHolder(version.schema())));
        return schema.isCompatible(level, holders);
    }

    private Collection<RegisteredSchema> versionMap(String subject) {
        var versions = subjects.get(subject);
        return versions == null ? List.of() : versions.values();
    }
}
