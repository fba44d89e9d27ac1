package dev.millrace.standalone.quickstart;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client that asks for embeddings all the time, from its own thread, and counts what it gets. An answer of an older
 * version after one of a newer counts as failed. Counters may be read by any thread; closing it ends the thread.
 */
final class RequestStream implements AutoCloseable {
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(100);
    private static final int TEXTS_A_REQUEST = 2;

    private final EmbeddingClient client;
    private final List<String> texts;
    private final Thread thread = new Thread(this::askUntilInterrupted, "quickstart-client");
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile long version;
    private volatile @Nullable String firstFailure;

    /** @param texts asked for in turn, at least two */
    RequestStream(EmbeddingClient client, List<String> texts) {
        this.client = client;
        this.texts = List.copyOf(texts);
    }

    void start() {
        thread.start();
    }

    /** Requests that were answered or failed. */
    long requests() {
        return requests.get();
    }

    long failed() {
        return failed.get();
    }

    /** The version of the newest answer. */
    long version() {
        return version;
    }

    /** What went wrong first. */
    Optional<String> firstFailure() {
        return Optional.ofNullable(firstFailure);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void askUntilInterrupted() {
        try {
            for (int turn = 0; !Thread.currentThread().isInterrupted(); turn++) {
                ask(turn);
                LockSupport.parkNanos(BETWEEN_REQUESTS.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(int turn) throws InterruptedException {
        int from = turn * TEXTS_A_REQUEST % (texts.size() - TEXTS_A_REQUEST + 1);
        try {
            long answered =
                    client.embed(texts.subList(from, from + TEXTS_A_REQUEST)).version();
            if (answered < version) {
                fail("version " + answered + " answered after version " + version);
            }
            version = Math.max(version, answered);
        } catch (IOException e) {
            fail(String.valueOf(e.getMessage()));
        }
        requests.incrementAndGet();
    }

    private void fail(String what) {
        failed.incrementAndGet();
        if (firstFailure == null) {
            firstFailure = what;
        }
    }
}
