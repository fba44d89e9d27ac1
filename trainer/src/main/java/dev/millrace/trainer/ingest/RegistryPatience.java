package dev.millrace.trainer.ingest;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the schema registry and waits, with growing pauses, for as long as it cannot answer: a registry that is away delays
 * samples but never costs one. Thread-safe. Closed by the one who built it, which ends every wait.
 */
public final class RegistryPatience implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RegistryPatience.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile String lastCause = "";

    /** One request to the registry. */
    @FunctionalInterface
    public interface Request<T> {
        T send() throws IOException, RestClientException;
    }

    /** The wait was ended by {@link #close()}; the record at hand was not judged and will be read again. */
    public static final class ClosedWhileWaitingException extends RuntimeException {
        ClosedWhileWaitingException(String purpose) {
            super("closed while waiting for the schema registry to " + purpose);
        }
    }

    /**
     * Repeats the request until it succeeds. A caller for whom some answer of the registry is a result, such as "no such
     * schema", turns it into a value inside the request.
     *
     * @param purpose what is asked, to complete "waiting for the schema registry to ..."
     * @throws ClosedWhileWaitingException when closed, or interrupted, before an answer came
     */
    public <T> T await(String purpose, Request<T> request) {
        Duration pause = FIRST_PAUSE;
        boolean waited = false;
        try {
            while (true) {
                try {
                    T answer = request.send();
                    if (waited) {
                        log.info("Schema registry answers again purpose=\"{}\"", purpose);
                    }
                    return answer;
                } catch (IOException | RestClientException e) {
                    lastCause = "schema registry cannot " + purpose + ": " + described(e);
                    if (!waited) {
                        waited = true;
                        waiting.incrementAndGet();
                        log.warn("Waiting for the schema registry, nothing is lost cause=\"{}\"", lastCause);
                    }
                }
                sleep(pause, purpose);
                pause = longer(pause);
            }
        } finally {
            if (waited) {
                waiting.decrementAndGet();
            }
        }
    }

    /** Why some thread waits at this moment, or empty when none does. */
    public Optional<String> waitingFor() {
        return waiting.get() == 0 ? Optional.empty() : Optional.of(lastCause);
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void sleep(Duration pause, String purpose) {
        try {
            if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ClosedWhileWaitingException(purpose);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedWhileWaitingException(purpose);
        }
    }

    private static String described(Exception failure) {
        return failure instanceof RestClientException refused
                ? "HTTP status " + refused.getStatus() + ": " + refused.getMessage()
                : failure.toString();
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }
}
