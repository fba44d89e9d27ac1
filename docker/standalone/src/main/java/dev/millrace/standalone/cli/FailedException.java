package dev.millrace.standalone.cli;

/** The command could not do what was asked, for a reason outside it that its message tells; exit code 1. */
final class FailedException extends RuntimeException {
    FailedException(String message) {
        super(message);
    }

    FailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
