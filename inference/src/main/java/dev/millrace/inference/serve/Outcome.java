package dev.millrace.inference.serve;

import java.util.Locale;

/** How a request ends: label of the request metrics, and in errors the {@code code} of the reply. */
enum Outcome {
    OK(200),
    /** The body is no JSON object. */
    INVALID_JSON(400),
    /** {@code input} is missing, empty or of a wrong type. */
    INVALID_INPUT(400),
    /** {@code input} holds token ids, which depend on a tokenizer that may change; send text. */
    TOKENS_NOT_SUPPORTED(400),
    TOO_MANY_INPUTS(400),
    /** A parameter beside {@code input} has a wrong value. */
    INVALID_PARAMETER(400),
    /** The client went away, or its body stopped coming. */
    ABORTED(400),
    MODEL_NOT_FOUND(404),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    /** The served version has no classes. */
    NO_HEAD(409),
    BODY_TOO_LARGE(413),
    /** The queue is full; come again after the time in {@code Retry-After}. */
    OVERLOADED(429),
    INTERNAL(500),
    /** No version is served yet. */
    NOT_READY(503),
    STOPPING(503);

    private final int status;

    Outcome(int status) {
        this.status = status;
    }

    int status() {
        return status;
    }

    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The error class in OpenAI's terms. */
    String type() {
        if (this == OVERLOADED) {
            return "rate_limit_error";
        }
        return status >= 500 ? "server_error" : "invalid_request_error";
    }
}
