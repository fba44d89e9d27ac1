package dev.millrace.trainer;

import dev.millrace.contract.LowPriority;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.announce.Announcer;
import dev.millrace.trainer.announce.VersionCatalog;
import dev.millrace.trainer.judge.Judge;
import dev.millrace.trainer.judge.Judgement;
import dev.millrace.trainer.snapshot.ParityProof;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns captures into published versions on a thread of its own: store, prove parity, announce, judge, promote. One capture
 * at a time; until it is through {@link #idle} is false and the learner trains on. A fault outside (broker, registry, disk)
 * is tried again for as long as it takes: everything here may be done twice. Thread-safe.
 */
final class SnapshotPublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SnapshotPublisher.class);
    private static final Duration CATALOG_LIMIT = Duration.ofSeconds(20);
    private static final long FIRST_PAUSE_MILLIS = 1000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final Parts parts;
    private final InstantSource clock;
    private final BlockingQueue<SnapshotCapture> captures = new LinkedBlockingQueue<>(1);
    private final Thread worker;
    private volatile boolean busy;
    private volatile boolean closing;
    private volatile @Nullable String trouble;
    private volatile @Nullable Throwable failure;
    private volatile long published;
    private volatile long promoted;

    /** The rooms a capture passes, owned by the publisher's thread from now on. */
    record Parts(
            SnapshotBuilder builder, Judge judge, Announcer announcer, VersionCatalog catalog, Retention retention) {}

    SnapshotPublisher(Parts parts, InstantSource clock) {
        this.parts = parts;
        this.clock = clock;
        this.worker = new Thread(this::run, "millrace-publisher");
        worker.setDaemon(true);
    }

    /** Claims the model, which fences off an earlier trainer of it, and begins to take captures on. */
    void start() {
        worker.start();
    }

    /** Whether a capture would be taken on at once. */
    boolean idle() {
        return !busy;
    }

    /** Hands a capture over; call only while {@link #idle}. */
    void submit(SnapshotCapture capture) {
        busy = true;
        captures.add(capture);
    }

    /** What is being waited for; empty when all is well. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Why nothing is published any more, such as another trainer that has taken this model over; empty while all is well. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Newest version announced by this process; 0 before the first. */
    long published() {
        return published;
    }

    /** Newest version promoted by this process; 0 before the first. */
    long promoted() {
        return promoted;
    }

    /** Breaks off the capture at work, since the next start publishes a later version of the same log, and closes every part. */
    @Override
    public void close() {
        closing = true;
        if (worker.getState() == Thread.State.NEW) {
            closeParts();
            return;
        }
        worker.interrupt();
        try {
            worker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        LowPriority.ofThisThread();
        try {
            untilDone("the claim on the model", parts.announcer()::claim);
            while (!closing || !captures.isEmpty()) {
                SnapshotCapture capture = next();
                if (capture != null) {
                    untilDone("version " + capture.version(), () -> publish(capture));
                    busy = false;
                }
            }
        } catch (RuntimeException | Error e) { // Not a fault outside: the trainer thread ends with it.
            failure = e;
        } finally {
            closeParts();
        }
    }

    private void closeParts() {
        boolean unused = Thread.interrupted(); // close() interrupts, and Kafka's clients close in order only without.
        try {
            parts.announcer().close();
        } finally {
            try {
                parts.catalog().close();
            } finally {
                parts.judge().close();
            }
        }
    }

    private @Nullable SnapshotCapture next() {
        try {
            return closing ? captures.poll() : captures.poll(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return captures.poll(); // close() interrupts; the loop looks at `closing`.
        }
    }

    /** Something for the world outside, which may fail for a while. */
    @FunctionalInterface
    private interface Announcement {
        void send() throws IOException;
    }

    private void untilDone(String what, Announcement announcement) {
        for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
            try {
                announcement.send();
                trouble = null;
                return;
            } catch (IOException | KafkaException e) {
                if (closing) { // The next start publishes a later version of the same log.
                    log.info("Publishing broken off what=\"{}\" cause=\"{}\"", what, e.toString());
                    return;
                }
                String cause = what + " waits to be published: " + e.getMessage();
                if (!cause.equals(trouble)) {
                    log.warn("Publishing waits what=\"{}\" cause=\"{}\"", what, e.toString());
                }
                trouble = cause;
                pause(pause);
            }
        }
    }

    private void publish(SnapshotCapture capture) throws IOException {
        long started = System.nanoTime();
        Judge.Standing standing = standing();
        SnapshotManifest built = parts.builder().build(capture, parent(capture.version()), clock.instant());
        Optional<SnapshotManifest> listed = listed(built);
        boolean wantsVerdict = built.getVersion() > standing.version()
                && listed.filter(parts.catalog()::isJudged).isEmpty();
        if (listed.isPresent() && !wantsVerdict) {
            return; // Published by an earlier process, and nothing was trained since.
        }
        try (OrtEncoder challenger = parts.builder().open(capture)) {
            ParityProof proof = ParityProof.of(challenger, capture);
            Judge.Candidate candidate = new Judge.Candidate(listed.orElse(built), proof, capture.gallery());
            if (!parts.judge().mayPublish(proof)) {
                announce(parts.judge().refuse(candidate, standing), started);
                return;
            }
            if (listed.isEmpty()) {
                announce(built, proof, started);
            }
            if (wantsVerdict) {
                announce(parts.judge().judge(candidate, challenger, this::standing), started);
            }
            retain();
        } catch (RefusedModelException e) {
            throw new IllegalStateException("the serving runtime refuses our own graph: " + e.getMessage(), e);
        }
    }

    /** The manifest that the same weights were published under before, whose date and figures stand. */
    private Optional<SnapshotManifest> listed(SnapshotManifest built) {
        return Optional.ofNullable(parts.catalog().manifests().get(built.getVersion()))
                .filter(listed -> listed.getGraphSha256().equals(built.getGraphSha256())
                        && listed.getTensors().equals(built.getTensors())
                        && listed.getOutputSet().equals(built.getOutputSet()));
    }

    private void announce(SnapshotManifest manifest, ParityProof proof, long started) {
        parts.announcer().published(manifest);
        published = manifest.getVersion();
        log.info(
                "Snapshot published version={} samples={} classes={} parity={} tookMillis={}",
                manifest.getVersion(),
                manifest.getSamples(),
                manifest.getOutputSet().size(),
                proof.difference(),
                millisSince(started));
    }

    private Judge.Standing standing() throws IOException {
        if (!parts.catalog().refresh(CATALOG_LIMIT)) {
            throw new IOException("topics of snapshots and promotions cannot be read to their end");
        }
        return Judge.Standing.of(parts.catalog());
    }

    private void retain() throws IOException {
        if (parts.catalog().refresh(CATALOG_LIMIT)) {
            long served = Judge.Standing.of(parts.catalog()).version();
            parts.retention().apply(parts.catalog().manifests(), served, clock.instant());
        }
    }

    private static long millisSince(long startedNanos) {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    private void announce(Judgement judgement, long started) {
        parts.announcer().judged(judgement.report(), judgement.promotion());

        if (judgement.promotion().isPresent()) {
            Promotion promotion = judgement.promotion().get();
            promoted = promotion.getVersion();
            log.info(
                    "Version promoted version={} previous={} {} tookMillis={}",
                    promotion.getVersion(),
                    promotion.getPrevious(),
                    promotion.getReason(),
                    millisSince(started));
        } else {
            log.warn("Version held version={} rules={}", judgement.report().getVersion(), judgement.failedRules());
        }
    }

    private long parent(long version) {
        Long parent = parts.catalog().manifests().lowerKey(version);
        return parent == null ? 0 : parent;
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            // close() interrupts to make us look at `closing`; nothing else does.
        }
    }
}
