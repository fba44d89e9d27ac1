package dev.millrace.standalone.quickstart;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How long a sample takes from its arrival in Kafka until a version that has learnt from it answers requests. Thread-safe;
 * nothing to close.
 */
final class Freshness {
    private final Instant since;
    private final TreeMap<Long, List<Instant>> waiting = new TreeMap<>();
    private final List<Duration> served = new ArrayList<>();

    /** @param since samples received before are left out: they may have waited for this process to start */
    Freshness(Instant since) {
        this.since = since;
    }

    /** A batch entered the training log at this offset; {@code receivedAt} of each of its samples. */
    synchronized void trained(long offset, List<Instant> receivedAt) {
        List<Instant> recent =
                receivedAt.stream().filter(at -> !at.isBefore(since)).toList();
        if (!recent.isEmpty()) {
            waiting.put(offset, recent);
        }
    }

    /** A version began to answer requests; it has learnt from every batch below it. */
    synchronized void serving(long version, Instant at) {
        var learnt = waiting.headMap(version);
        learnt.values().forEach(batch -> batch.forEach(received -> served.add(Duration.between(received, at))));
        learnt.clear();
    }

    /**
     * The time within which this share of the samples was served; empty before the first.
     *
     * @param share in (0, 1]; nearest-rank percentile
     */
    synchronized Optional<Duration> percentile(double share) {
        if (served.isEmpty()) {
            return Optional.empty();
        }
        List<Duration> sorted = served.stream().sorted().toList();
        int rank = (int) Math.ceil(share * sorted.size());
        return Optional.of(sorted.get(Math.max(rank, 1) - 1));
    }
}
