package dev.millrace.inference.serve;

/** Ends a request with an error reply. The message is for the client: what was wrong, what is allowed, what to do. */
final class ApiException extends RuntimeException {
    private final Outcome outcome;

    ApiException(Outcome outcome, String message) {
        super(message, null, false, false); // part of the protocol, so no stack trace
        this.outcome = outcome;
    }

    Outcome outcome() {
        return outcome;
    }
}
