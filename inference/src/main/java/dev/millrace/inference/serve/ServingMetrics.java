package dev.millrace.inference.serve;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.schemas.SwapOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Counters of the inference service and their Prometheus text. Thread-safe. */
public final class ServingMetrics {
    /** Stands for a version where nothing is served. */
    public static final long NOTHING = -1;

    /** Upper bounds of the latency histogram. */
    private static final Duration[] LATENCY_BOUNDS = Stream.of(
                    2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private static final double[] BATCH_BOUNDS = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicLong servedVersion = new AtomicLong(NOTHING);
    private final AtomicInteger queuedTexts = new AtomicInteger();
    private final DistributionSummary batchTexts = DistributionSummary.builder("millrace.inference.batch.texts")
            .description("Inputs that went through the model together")
            .serviceLevelObjectives(BATCH_BOUNDS)
            .register(registry);
    private final Counter tokens = Counter.builder("millrace.inference.tokens")
            .description("Tokens read, special tokens included")
            .register(registry);

    public ServingMetrics() {
        Gauge.builder("millrace.inference.served.version", servedVersion, AtomicLong::doubleValue)
                .description("Version that answers requests; -1 while there is none")
                .register(registry);
        Gauge.builder("millrace.inference.queue.texts", queuedTexts, AtomicInteger::doubleValue)
                .description("Inputs that wait for an encoder thread")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    void queued(int texts) {
        queuedTexts.set(texts);
    }

    void encoded(Encoded encoded) {
        batchTexts.record(encoded.size());
        long sum = 0;
        for (int count : encoded.tokens()) {
            sum += count;
        }
        tokens.increment((double) sum);
    }

    /** Counts a request that has been answered. */
    void answered(String endpoint, Outcome outcome, Duration took) {
        Timer.builder("millrace.inference.requests")
                .description("Time from the first byte of a request to the last of its reply")
                .tag("endpoint", endpoint)
                .tag("outcome", outcome.code())
                .serviceLevelObjectives(LATENCY_BOUNDS)
                .register(registry)
                .record(took);
    }

    /** Counts an attempt to serve a promoted version. */
    public void swapped(SwapOutcome outcome, Duration took) {
        Timer.builder("millrace.inference.swaps")
                .description("Fetch, verify, load, warm and probe")
                .tag("outcome", outcome.name())
                .register(registry)
                .record(took);
    }

    /** The version that answers from now on, or {@link #NOTHING}. */
    public void serving(long version) {
        servedVersion.set(version);
    }

    /** Everything in Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }
}
