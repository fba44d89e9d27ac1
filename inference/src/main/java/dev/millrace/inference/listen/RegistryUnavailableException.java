package dev.millrace.inference.listen;

/** The schema registry does not answer; the same record can be read later. */
final class RegistryUnavailableException extends RuntimeException {
    RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
