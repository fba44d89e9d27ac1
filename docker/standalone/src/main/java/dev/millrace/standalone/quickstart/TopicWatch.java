package dev.millrace.standalone.quickstart;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.ServingStatus;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.standalone.topics.TopicReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topics of the loop from their beginning, in its own thread, and keeps what the report needs. The accessors
 * may be called by any thread; closing it ends the thread.
 */
final class TopicWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TopicWatch.class);
    private static final Duration READ_LIMIT = Duration.ofSeconds(30);
    private static final long BETWEEN_READS_MILLIS = 100;

    private final KafkaConfig kafka;
    private final Freshness freshness;
    private final Instant since;
    private final Thread thread = new Thread(this::followUntilInterrupted, "quickstart-watch");
    private final List<AcceptedSample> trained = new ArrayList<>();
    private final List<AcceptedSample> heldOut = new ArrayList<>();
    private final TreeSet<Long> servedVersions = new TreeSet<>();
    private final Map<Long, GateVerdict> verdicts = new HashMap<>();
    private final Set<String> settledIds = new HashSet<>();
    private String trouble = "";
    private long deadLetters;
    private long logEnd;
    private long serving;

    /**
     * @param freshness is told of every batch and every swap
     * @param since swaps before are left out
     */
    TopicWatch(KafkaConfig kafka, Freshness freshness, Instant since) {
        this.kafka = kafka;
        this.freshness = freshness;
        this.since = since;
    }

    void start() {
        thread.start();
    }

    /** Samples in the training log, in its order. */
    synchronized List<AcceptedSample> trained() {
        return List.copyOf(trained);
    }

    /** Samples that are never trained on. */
    synchronized List<AcceptedSample> heldOut() {
        return List.copyOf(heldOut);
    }

    /** Samples that have come to their end: in the log, held out or refused. */
    synchronized long settled() {
        return trained.size() + settledElsewhere();
    }

    /** Samples that will never be trained: held out or refused. */
    synchronized long settledElsewhere() {
        return heldOut.size() + deadLetters;
    }

    /** Whether each of these samples is in the log or held out. */
    synchronized boolean hasSettled(Set<String> ids) {
        return settledIds.containsAll(ids);
    }

    /** Offset after the newest entry of the training log, which is the version that knows all of it. */
    synchronized long logEnd() {
        return logEnd;
    }

    /** Versions that answered requests since the watch began, the base model not counted. */
    synchronized int servedVersions() {
        return servedVersions.size();
    }

    /** The version that answers requests now; 0 is the base model. */
    synchronized long serving() {
        return serving;
    }

    /** What the gate has said about a version; empty before it has spoken. */
    synchronized Optional<GateVerdict> verdict(long version) {
        return Optional.ofNullable(verdicts.get(version));
    }

    /** Verdicts so far. */
    synchronized int verdicts() {
        return verdicts.size();
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

    private void followUntilInterrupted() {
        try (var batches = new TopicReader<>(kafka, kafka.topics().batches(), TrainingBatch.class);
                var holdout = new TopicReader<>(kafka, kafka.topics().holdout(), AcceptedSample.class);
                var refused = new TopicReader<>(kafka, kafka.topics().deadLetters(), DeadLetter.class);
                var reports = new TopicReader<>(kafka, kafka.topics().evaluations(), EvaluationReport.class);
                var swaps = new TopicReader<>(kafka, kafka.topics().servingStatus(), ServingStatus.class)) {
            while (!Thread.currentThread().isInterrupted()) {
                // Batches before swaps: a swap must find the batches it has learnt from.
                read(batches, this::batch);
                read(holdout, entry -> holdOut(entry.value()));
                read(refused, entry -> deadLetters++);
                read(
                        reports,
                        entry -> verdicts.put(
                                entry.value().getVersion(), entry.value().getVerdict()));
                read(swaps, entry -> swap(entry.value()));
                TimeUnit.MILLISECONDS.sleep(BETWEEN_READS_MILLIS);
            }
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is done with one record, under the lock. */
    private interface Step<T> {
        void accept(TopicReader.Entry<T> entry);
    }

    private <T extends SpecificRecord> void read(TopicReader<T> reader, Step<T> step) {
        List<TopicReader.Entry<T>> entries;
        try {
            entries = reader.readNew(READ_LIMIT);
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            tellOnce(e);
            return;
        }
        synchronized (this) {
            entries.forEach(step::accept);
        }
    }

    private void tellOnce(KafkaException e) {
        if (!e.toString().equals(trouble)) {
            log.warn("Watching the topics waits", e);
            trouble = e.toString();
        }
    }

    private void batch(TopicReader.Entry<TrainingBatch> entry) {
        List<AcceptedSample> samples = entry.value().getSamples();
        trained.addAll(samples);
        samples.forEach(sample -> settledIds.add(sample.getId()));
        logEnd = entry.offset() + 1;
        freshness.trained(
                entry.offset(),
                samples.stream().map(AcceptedSample::getReceivedAt).toList());
    }

    private void holdOut(AcceptedSample sample) {
        heldOut.add(sample);
        settledIds.add(sample.getId());
    }

    private void swap(ServingStatus status) {
        if (status.getOutcome() != SwapOutcome.SERVING || status.getAt().isBefore(since)) {
            return;
        }
        serving = status.getServing();
        if (serving > 0) {
            servedVersions.add(serving);
        }
        freshness.serving(serving, status.getAt());
    }
}
