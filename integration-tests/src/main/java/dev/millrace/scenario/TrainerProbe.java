package dev.millrace.scenario;

import dev.millrace.contract.KafkaConfig;
import java.time.Duration;

/** A trainer as its own HTTP endpoint tells of it. Owned by one thread. */
public final class TrainerProbe {
    private final HttpProbe http;
    private final KafkaConfig kafka;

    TrainerProbe(HttpProbe http, KafkaConfig kafka) {
        this.http = http;
        this.kafka = kafka;
    }

    /** The answer of {@code /readyz}, causes included. */
    public HttpProbe.Reply readiness() throws InterruptedException {
        return http.readiness();
    }

    public boolean isReady() throws InterruptedException {
        return readiness().isOk();
    }

    /** Next offset of the training log to apply; -1 when nobody answers. */
    public long position() throws InterruptedException {
        return metric("millrace_trainer_position_offset");
    }

    /** Repeated ids that were counted and dropped, on the partitions this trainer holds; -1 when nobody answers. */
    public long duplicates() throws InterruptedException {
        return metric("millrace_trainer_records_total{outcome=\"duplicate\"}");
    }

    /** Any series of {@code /metrics}, cut to a whole number; -1 when it is not there. */
    public long metric(String series) throws InterruptedException {
        return (long) http.metric(series).orElse(-1);
    }

    /** Records of which the batch former knows what became of them. */
    public long counted() throws InterruptedException {
        HttpProbe.Reply metrics = http.get("/metrics");
        return (long) metrics.body()
                .lines()
                .filter(line -> line.startsWith("millrace_trainer_records_total{")
                        || line.startsWith("millrace_trainer_dead_letters_total{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf('}') + 1)))
                .sum();
    }

    /**
     * Waits until every record that is in the samples topic now is counted, every batch is trained, and the trainer is
     * ready.
     *
     * @return whether that came within the limit
     */
    public boolean awaitDrained(Duration limit) throws InterruptedException {
        long records = TopicAudit.samples(kafka);
        return Waiting.until(
                limit, () -> counted() == records && metric("millrace_trainer_lag_batches") == 0 && isReady());
    }

    /** How far it is from drained, for messages. */
    public String described() throws InterruptedException {
        return counted() + " of " + TopicAudit.samples(kafka) + " records counted, "
                + metric("millrace_trainer_lag_batches") + " batches to train, readiness " + readiness();
    }
}
