package dev.millrace.inference.serve;

import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever ends a request early into an error reply of OpenAI's form. Stateless. */
final class ErrorReplies {
    private static final Logger log = LoggerFactory.getLogger(ErrorReplies.class);
    private static final String RETRY_AFTER_SECONDS = "1";

    private ErrorReplies() {}

    static void write(Context context, ApiException e) {
        Outcome outcome = e.outcome();
        String message = String.valueOf(e.getMessage());
        context.status(outcome.status())
                .contentType(HttpApi.JSON)
                .result(Replies.json(
                        new Replies.Failure(new Replies.FailureBody(message, outcome.type(), outcome.code()))));
        if (outcome == Outcome.OVERLOADED || outcome == Outcome.NOT_READY) {
            context.header("Retry-After", RETRY_AFTER_SECONDS);
        }
        context.attribute(HttpApi.OUTCOME, outcome);
    }

    /** What the server itself refuses: unknown paths and methods. */
    static void write(Context context, HttpResponseException e) {
        String asked = context.method() + " " + context.path();
        switch (e.getStatus()) {
            case 404 -> write(context, new ApiException(Outcome.NOT_FOUND, "There is no " + asked + " here."));
            case 405 ->
                write(
                        context,
                        new ApiException(Outcome.METHOD_NOT_ALLOWED, asked + " is not allowed with this method."));
            default -> unexpected(context, e);
        }
    }

    static void unexpected(Context context, Exception e) {
        log.error("Request failed path={}", context.path(), e);
        write(context, new ApiException(Outcome.INTERNAL, "Something failed in the server; its log tells what."));
    }
}
