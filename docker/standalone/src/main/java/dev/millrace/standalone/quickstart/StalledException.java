package dev.millrace.standalone.quickstart;

/** Nothing moves any more, and the message says what is waited for. */
public final class StalledException extends RuntimeException {
    StalledException(String message) {
        super(message);
    }
}
