package dev.millrace.standalone.quickstart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the quickstart found. Immutable.
 *
 * @param samples glosses streamed, held-out ones among them
 * @param samplesPerSecond new samples trained a second, from the first training step to the last
 * @param knn accuracy on the holdout
 * @param versions that answered requests, the base model not counted
 * @param requests answered and failed
 * @param freshness from arrival in Kafka to the first version that has learnt from the sample; empty when none was served
 * @param took from start to end, the platform's start-up among it
 */
public record QuickstartReport(
        long samples,
        double samplesPerSecond,
        KnnAccuracy knn,
        Versions versions,
        Requests requests,
        Optional<FreshnessPercentiles> freshness,
        Duration took) {
    private static final double MILLIS_A_SECOND = 1e3;
    private static final double HUNDREDTH = 100;
    private static final double TEN_THOUSANDTH = 1e4;

    /** Fractions on the same glosses, never trained on, neighbours looked up among trained ones. */
    public record KnnAccuracy(double frozen, double served, int queries, int gallery) {}

    /** How many versions answered requests, and the newest. */
    public record Versions(int count, long newest) {}

    /** Requests of the client that asked all the time, and what went wrong with the first that failed. */
    public record Requests(long count, long failed, Optional<String> firstFailure) {}

    /** Half and 99 % of the samples were served within these. */
    public record FreshnessPercentiles(Duration p50, Duration p99) {}

    /** The table for people. */
    public List<String> table() {
        return List.of(
                row(
                        String.format(Locale.ROOT, "kNN accuracy, %,d glosses not trained on", knn.queries()),
                        "frozen %.3f  ->  served %.3f  (%+.3f)",
                        knn.frozen(),
                        knn.served(),
                        knn.served() - knn.frozen()),
                hasTrained()
                        ? row("glosses streamed", "%,d, trained at %.1f/s", samples, samplesPerSecond)
                        : row("glosses streamed", "%,d, all taken before this start", samples),
                row("versions served", "%d, now %d", versions.count(), versions.newest()),
                row(
                        "requests",
                        "%,d answered, %d failed%s",
                        requests.count() - requests.failed(),
                        requests.failed(),
                        requests.firstFailure().map(what -> ", first: " + what).orElse("")),
                freshness
                        .map(f -> row("sample to served", "p50 %.1f s, p99 %.1f s", seconds(f.p50()), seconds(f.p99())))
                        .orElse(row("sample to served", hasTrained() ? "none yet" : "no sample was new")));
    }

    /** Not after a restart that finds nothing left to train. */
    private boolean hasTrained() {
        return samplesPerSecond > 0;
    }

    /** One JSON object on one line. */
    public String json() throws JsonProcessingException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("samples", samples);
        fields.put("samplesPerSecond", Math.round(samplesPerSecond * HUNDREDTH) / HUNDREDTH);
        fields.put("knnFrozen", rounded(knn.frozen()));
        fields.put("knnServed", rounded(knn.served()));
        fields.put("versionsServed", versions.count());
        fields.put("requests", requests.count());
        fields.put("failedRequests", requests.failed());
        fields.put("freshnessP50Ms", freshness.map(f -> f.p50().toMillis()).orElse(null));
        fields.put("freshnessP99Ms", freshness.map(f -> f.p99().toMillis()).orElse(null));
        fields.put("seconds", seconds(took));
        return JsonMapper.builder().build().writeValueAsString(fields);
    }

    private static double rounded(double accuracy) {
        return Math.round(accuracy * TEN_THOUSANDTH) / TEN_THOUSANDTH;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS_A_SECOND;
    }

    private static String row(String name, String format, Object... values) {
        return String.format(Locale.ROOT, "%-45s", name) + String.format(Locale.ROOT, format, values);
    }
}
