package dev.millrace.inference;

import dev.millrace.contract.LowPriority;
import dev.millrace.inference.listen.Wanted;
import dev.millrace.inference.load.BaseModel;
import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.load.LoadResult;
import dev.millrace.inference.load.LoadResult.Refused;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.inference.swap.ModelSlot;
import dev.millrace.schemas.SwapOutcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the wanted version into the slot: loads on its own thread, which has a low priority, and swaps. A refused
 * version leaves the one before it in the slot; missing blobs are asked for again, with back-off, until they are there or
 * something else is wanted.
 *
 * <p>Thread-safe; closed by whoever made it, before the slot is.
 */
final class SnapshotFollower implements AutoCloseable {
    /** Told after every attempt, on the loading thread. */
    interface Listener {
        /**
         * Tells of one attempt.
         *
         * @param wanted version of the attempt
         * @param serving version in the slot after it; empty when there is none
         */
        void attempted(long wanted, SwapOutcome outcome, String detail, Optional<Long> serving, Duration took);
    }

    private static final Logger log = LoggerFactory.getLogger(SnapshotFollower.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);
    private static final Duration FOREVER = Duration.ofDays(1);

    private final BaseModel base;
    private final SnapshotLoader loader;
    private final ModelSlot slot;
    private final Listener listener;
    private final BlockingQueue<Wanted> wanted = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "snapshot-loader");
    private volatile @Nullable Refused refused;
    // Owned by the loading thread.
    private Optional<Long> serving = Optional.empty();

    SnapshotFollower(BaseModel base, SnapshotLoader loader, ModelSlot slot, Listener listener) {
        this.base = base;
        this.loader = loader;
        this.slot = slot;
        this.listener = listener;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Takes note and returns at once; what was wanted before counts no more. */
    void want(Wanted version) {
        wanted.add(version);
    }

    /** Why the version that is wanted now is not served, if so. */
    Optional<Refused> refusal() {
        return Optional.ofNullable(refused);
    }

    private void run() {
        LowPriority.ofThisThread();
        Wanted current = null;
        Duration retry = FOREVER;
        try {
            while (true) {
                Wanted next = newest(wanted.poll(retry.toMillis(), TimeUnit.MILLISECONDS));
                boolean again = next == null;
                current = again ? current : next;
                if (current != null) {
                    boolean worthRetrying = attempt(current);
                    retry = worthRetrying ? (again ? longer(retry) : FIRST_RETRY) : FOREVER;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private @Nullable Wanted newest(@Nullable Wanted first) {
        Wanted newest = first;
        for (Wanted next = wanted.poll(); next != null; next = wanted.poll()) {
            newest = next;
        }
        return newest;
    }

    private static Duration longer(Duration retry) {
        Duration twice = retry.multipliedBy(2);
        return twice.compareTo(LONGEST_RETRY) < 0 ? twice : LONGEST_RETRY;
    }

    /** Gives whether the same attempt may succeed later. */
    private boolean attempt(Wanted next) {
        if (serving.equals(Optional.of(next.version()))) {
            refused = null;
            return false;
        }
        long start = System.nanoTime();
        LoadResult result = load(next);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (Thread.currentThread().isInterrupted()) {
            return abandoned(result);
        }
        if (result instanceof LoadResult.Loaded loaded) {
            serve(loaded.model(), took);
            return false;
        }
        Refused refusal = (Refused) result;
        Refused before = refused;
        refused = refusal;
        if (before == null || before.outcome() != refusal.outcome()) {
            log.warn(
                    "Version refused, serving goes on version={} serving={} cause={} detail={}",
                    next.version(),
                    serving.map(String::valueOf).orElse("none"),
                    refusal.outcome(),
                    refusal.detail());
        }
        listener.attempted(next.version(), refusal.outcome(), refusal.detail(), serving, took);
        return refusal.isWorthRetrying();
    }

    /** The stop came during the load, and may be why it failed. */
    private static boolean abandoned(LoadResult result) {
        if (result instanceof LoadResult.Loaded loaded) {
            loaded.model().close();
        }
        return false;
    }

    private void serve(EmbeddingModel model, Duration took) {
        slot.swap(model);
        log.info(
                "Serving version={} before={} loadMillis={}",
                model.version(),
                serving.map(String::valueOf).orElse("none"),
                took.toMillis());
        serving = Optional.of(model.version());
        refused = null;
        listener.attempted(model.version(), SwapOutcome.SERVING, "", serving, took);
    }

    private LoadResult load(Wanted next) {
        try {
            if (next.version() == 0) {
                return base.load();
            }
            return next.manifest()
                    .map(loader::load)
                    .orElseGet(() -> new Refused(
                            SwapOutcome.MANIFEST_MISSING,
                            "no readable manifest of version " + next.version() + " in the topic"));
        } catch (RuntimeException | Error e) {
            // A defect in loading, or memory that is short for a second model, must not end the following.
            log.error("Loading failed version={}", next.version(), e);
            return new Refused(SwapOutcome.LOAD_FAILED, e.toString());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(30).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
