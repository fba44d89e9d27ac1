package dev.millrace.standalone.registry;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import io.confluent.kafka.schemaregistry.CompatibilityLevel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Routes and replies of Confluent's REST interface, as far as serialisers and common tools use it. Thread-safe.
 *
 * @see <a href="https://docs.confluent.io/platform/current/schema-registry/develop/api.html">API reference</a>
 */
final class RegistryApi {
    private static final Object EMPTY = Map.of();
    private static final Object MODE = Map.of("mode", "READWRITE");

    private final Registrar registrar;
    private final List<Route> routes;

    RegistryApi(Registrar registrar) {
        this.registrar = registrar;
        this.routes = List.of(
                Route.of("GET", "", (request, names) -> EMPTY),
                Route.of("GET", "schemas/types", (request, names) -> List.of("AVRO")),
                Route.of("GET", "schemas/ids/*", this::schemaById),
                Route.of("GET", "schemas/ids/*/versions", this::versionsById),
                Route.of("GET", "subjects", (request, names) -> registrar.subjects()),
                Route.of("POST", "subjects/*", this::find),
                Route.of("GET", "subjects/*/versions", this::versions),
                Route.of("POST", "subjects/*/versions", this::register),
                Route.of("GET", "subjects/*/versions/*", this::version),
                Route.of("GET", "subjects/*/versions/*/schema", this::schemaText),
                Route.of("POST", "compatibility/subjects/*/versions", this::compatibleWithAll),
                Route.of("POST", "compatibility/subjects/*/versions/*", this::compatible),
                Route.of("GET", "config", (request, names) -> new Level(registrar.globalLevel())),
                Route.of("PUT", "config", (request, names) -> setLevel(Optional.empty(), request.level())),
                Route.of("GET", "config/*", this::level),
                Route.of("PUT", "config/*", (request, names) -> setLevel(Optional.of(subject(names)), request.level())),
                Route.of("GET", "mode", (request, names) -> MODE),
                Route.of("GET", "mode/*", (request, names) -> MODE));
    }

    private record Level(CompatibilityLevel compatibilityLevel) {}

    private record ChangedLevel(CompatibilityLevel compatibility) {}

    private record Described(String subject, int version, int id, String schema) {}

    private record SubjectVersion(String subject, int version) {}

    /** JSON that is written as it is. */
    private record Raw(@JsonValue @JsonRawValue String json) {}

    /** The reply to a request, to be written as JSON. */
    Object answer(RegistryRequest request) throws RegistryException, InterruptedException {
        boolean isPathKnown = false;
        for (Route route : routes) {
            Optional<List<String>> names = route.match(request.path());
            if (names.isPresent() && route.method().equals(request.method())) {
                return route.handler().answer(request, names.get());
            }
            isPathKnown |= names.isPresent();
        }
        if (isPathKnown || request.method().equals("DELETE")) {
            throw RegistryException.unsupported(request.method() + " /" + String.join("/", request.path())
                    + (request.method().equals("DELETE") ? "; schemas are kept for ever" : ""));
        }
        throw new RegistryException(404, "HTTP 404 Not Found");
    }

    private Object schemaById(RegistryRequest request, List<String> names) throws RegistryException {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("schema", registrar.schema(id(names.get(0))).canonicalString());
        if (request.has("fetchMaxId")) {
            reply.put("maxId", registrar.maxId());
        }
        return reply;
    }

    private Object versionsById(RegistryRequest request, List<String> names) throws RegistryException {
        return registrar.versionsOf(id(names.get(0))).stream()
                .map(version -> new SubjectVersion(version.subject(), version.version()))
                .toList();
    }

    private Object find(RegistryRequest request, List<String> names) throws RegistryException {
        return describe(registrar.find(subject(names), request.schema()));
    }

    private Object versions(RegistryRequest request, List<String> names) throws RegistryException {
        return registrar.versions(subject(names)).stream()
                .map(RegisteredSchema::version)
                .toList();
    }

    private Object register(RegistryRequest request, List<String> names)
            throws RegistryException, InterruptedException {
        return Map.of("id", registrar.register(subject(names), request.newSchema()));
    }

    private Object version(RegistryRequest request, List<String> names) throws RegistryException {
        return describe(registrar.version(subject(names), Version.parse(names.get(1))));
    }

    private Object schemaText(RegistryRequest request, List<String> names) throws RegistryException {
        return new Raw(
                registrar.version(subject(names), Version.parse(names.get(1))).text());
    }

    private Object compatibleWithAll(RegistryRequest request, List<String> names) throws RegistryException {
        return verdict(request, registrar.incompatibilities(subject(names), request.schema(), Optional.empty()));
    }

    private Object compatible(RegistryRequest request, List<String> names) throws RegistryException {
        Version version = Version.parse(names.get(1));
        return verdict(request, registrar.incompatibilities(subject(names), request.schema(), Optional.of(version)));
    }

    private static Object verdict(RegistryRequest request, List<String> causes) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("is_compatible", causes.isEmpty());
        if (request.has("verbose")) {
            reply.put("messages", causes);
        }
        return reply;
    }

    private Object level(RegistryRequest request, List<String> names) throws RegistryException {
        String subject = subject(names);
        Optional<CompatibilityLevel> own = registrar.level(subject);
        if (own.isEmpty() && !request.has("defaultToGlobal")) {
            throw new RegistryException(
                    40408, "Subject '" + subject + "' does not have subject-level compatibility configured");
        }
        return new Level(own.orElse(registrar.globalLevel()));
    }

    private Object setLevel(Optional<String> subject, CompatibilityLevel level)
            throws RegistryException, InterruptedException {
        registrar.setLevel(subject, level);
        return new ChangedLevel(level);
    }

    private static Described describe(RegisteredSchema version) {
        return new Described(version.subject(), version.version(), version.id(), version.text());
    }

    private static String subject(List<String> names) throws RegistryException {
        String subject = names.get(0);
        if (subject.startsWith(":.")) {
            throw new RegistryException(42208, "Contexts are not supported by this registry: " + subject);
        }
        if (subject.isBlank() || subject.chars().anyMatch(Character::isISOControl)) {
            throw new RegistryException(42208, "The specified subject '" + subject + "' is not a valid subject");
        }
        return subject;
    }

    private static int id(String text) throws RegistryException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new RegistryException(404, "HTTP 404 Not Found");
        }
    }
}
