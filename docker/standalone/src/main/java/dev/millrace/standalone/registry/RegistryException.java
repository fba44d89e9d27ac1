package dev.millrace.standalone.registry;

/** A request that cannot be met, as Confluent's registry tells it: HTTP status, error code and message. */
final class RegistryException extends Exception {
    private static final int CODES_PER_STATUS = 100;

    private final int code;

    /**
     * An answer to a client.
     *
     * @param code an HTTP status, or one of Confluent's codes: HTTP status * 100 + detail
     */
    RegistryException(int code, String message) {
        super(message);
        this.code = code;
    }

    static RegistryException subjectNotFound(String subject) {
        return new RegistryException(40401, "Subject '" + subject + "' not found.");
    }

    static RegistryException versionNotFound(int version) {
        return new RegistryException(40402, "Version " + version + " not found.");
    }

    static RegistryException schemaNotFound() {
        return new RegistryException(40403, "Schema not found");
    }

    static RegistryException schemaNotFound(int id) {
        return new RegistryException(40403, "Schema " + id + " not found");
    }

    static RegistryException invalidSchema(String cause) {
        return new RegistryException(42201, "Invalid schema: " + cause);
    }

    static RegistryException storeFailed(Exception cause) {
        return new RegistryException(50001, "Error in the backend data store: " + cause);
    }

    static RegistryException unsupported(String what) {
        return new RegistryException(405, "Not supported by this registry: " + what);
    }

    int code() {
        return code;
    }

    int status() {
        return code >= 1000 ? code / CODES_PER_STATUS : code;
    }
}
