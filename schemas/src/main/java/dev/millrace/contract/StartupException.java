package dev.millrace.contract;

/**
 * The process cannot run as asked: wrong configuration, a port that is taken, a directory that cannot be written, a file
 * that is cut short. A main prints the message as it is and exits with code 2; so the message says what was wrong, the
 * value seen, what is allowed and what to do.
 */
public final class StartupException extends RuntimeException {
    public StartupException(String message) {
        super(message);
    }

    public StartupException(String message, Throwable cause) {
        super(message, cause);
    }
}
