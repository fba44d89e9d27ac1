package dev.millrace.standalone.quickstart;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.Standalone;
import dev.millrace.standalone.produce.SampleSender;
import dev.millrace.standalone.quickstart.QuickstartReport.FreshnessPercentiles;
import dev.millrace.standalone.quickstart.QuickstartReport.KnnAccuracy;
import dev.millrace.standalone.quickstart.QuickstartReport.Requests;
import dev.millrace.standalone.quickstart.QuickstartReport.Versions;
import dev.millrace.standalone.topics.TopicReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Streams glosses into a running platform, asks it for embeddings all the while, and tells what came of it. Owned by one
 * thread, but any may {@link #stop}; the platform is the caller's.
 */
public final class Quickstart {
    private static final long SEED = 1;
    private static final int CLIENT_TEXTS = 64;
    private static final int TEXTS_A_REQUEST = 32;
    /** One standard error of the accuracy on so many is 0.015; the holdout of a short stream alone would leave 0.03. */
    private static final int QUERIES = 1_000;

    private static final double HALF = 0.5;
    private static final double NEARLY_ALL = 0.99;
    private static final Duration KAFKA_LIMIT = Duration.ofSeconds(60);
    private static final long BETWEEN_LOOKS_MILLIS = 100;

    private final Standalone platform;
    private final KafkaConfig kafka;
    private final InstantSource clock;
    private final Instant started;
    private final Consumer<String> live;

    private @Nullable RequestStream requests;
    private @Nullable LiveDisplay display;
    private boolean stopped;

    /**
     * @param started when the process began, for the report
     * @param live is shown the state of the stream a few times a second
     */
    public Quickstart(Standalone platform, InstantSource clock, Instant started, Consumer<String> live) {
        this.platform = platform;
        this.kafka = platform.kafka();
        this.clock = clock;
        this.started = started;
        this.live = live;
    }

    /**
     * Streams until so many glosses are in the topic, those of earlier runs counted, and everything is learnt and judged.
     *
     * @throws StalledException when nothing moves for two minutes
     */
    public QuickstartReport run(int samples) throws IOException, InterruptedException, RefusedModelException {
        List<Gloss> all = WordNetGlosses.shuffled(SEED);
        List<Gloss> glosses = all.subList(0, Math.min(samples, all.size()));
        var freshness = new Freshness(clock.instant());
        var client = new EmbeddingClient(platform.inferenceAddress());
        List<String> asked =
                all.subList(0, CLIENT_TEXTS).stream().map(Gloss::text).toList();
        try (var watch = new TopicWatch(kafka, freshness, clock.instant());
                var requests = new RequestStream(client, asked);
                var display = new LiveDisplay(
                        new LiveDisplay.Parts(platform, watch, requests, freshness), glosses.size(), clock, live)) {
            watch.start();
            awaitModel();
            begin(requests, display);
            Set<String> ids = glosses.stream().map(Gloss::id).collect(Collectors.toSet());
            stream(glosses, ids, watch);
            awaitEnd(ids, watch);
            display.stop();
            var accuracy = accuracy(watch, all.subList(glosses.size(), all.size()));
            return new QuickstartReport(
                    glosses.size(),
                    display.trainedPerSecond(),
                    knn(accuracy, client),
                    new Versions(watch.servedVersions(), watch.serving()),
                    new Requests(requests.requests(), requests.failed(), requests.firstFailure()),
                    percentiles(freshness),
                    Duration.between(started, clock.instant()));
        }
    }

    private synchronized void begin(RequestStream requests, LiveDisplay display) {
        if (!stopped) {
            this.requests = requests;
            this.display = display;
            requests.start();
            display.start();
        }
    }

    /**
     * Asks and shows nothing more; call it before the platform is closed, which would count as failed requests. Returns when
     * the last line has been shown. Thread-safe; {@link #run} goes on until the platform fails it.
     */
    public synchronized void stop() {
        stopped = true;
        if (display != null) {
            display.stop();
        }
        if (requests != null) {
            requests.close();
        }
    }

    private void awaitModel() throws InterruptedException {
        var patience =
                new Patience(clock, () -> platform.inference().readiness().toString());
        while (!platform.inference().readiness().isReady()) {
            patience.observe(0);
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
    }

    private void stream(List<Gloss> glosses, Set<String> ids, TopicWatch watch) throws InterruptedException {
        Set<String> inTopic = samplesInTopic();
        inTopic.retainAll(ids);
        var patience = new Patience(clock, this::whatIsMissing);
        try (var sender = SampleSender.connect(kafka, new AvroSerdes(kafka).serializer(), KAFKA_LIMIT)) {
            new GlossStream(sender, inTopic.size(), () -> patience.observe(learnt(watch)), clock)
                    .send(glosses, inTopic);
        }
    }

    private long learnt(TopicWatch watch) {
        return platform.trainer().status().samples() + watch.settledElsewhere();
    }

    private Set<String> samplesInTopic() {
        try (var reader = new TopicReader<>(kafka, kafka.topics().samples(), LabelledSample.class)) {
            return reader.readNew(KAFKA_LIMIT).stream()
                    .map(TopicReader.Entry::key)
                    .collect(Collectors.toSet());
        }
    }

    /** Returns when all samples have come to their end, the last version is judged and, if promoted, served. */
    private void awaitEnd(Set<String> ids, TopicWatch watch) throws InterruptedException {
        var patience = new Patience(clock, this::whatIsMissing);
        while (!isAtEnd(ids, watch)) {
            patience.observe(watch.settled() + platform.trainer().status().samples() + watch.verdicts());
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
    }

    private boolean isAtEnd(Set<String> ids, TopicWatch watch) {
        long last = watch.logEnd();
        if (!watch.hasSettled(ids) || platform.trainer().status().position() < last) {
            return false;
        }
        return watch.verdict(last)
                .map(verdict -> verdict == GateVerdict.HOLD || watch.serving() >= last)
                .orElse(last == 0);
    }

    private String whatIsMissing() {
        List<String> troubles = platform.trainer().troubles();
        return troubles.isEmpty() ? "the trainer reports no trouble" : String.join("; ", troubles);
    }

    /** Asks about the holdout first, and about glosses that were not streamed while that has fewer than wanted. */
    private static HoldoutAccuracy accuracy(TopicWatch watch, List<Gloss> notStreamed) {
        List<Gloss> trained = watch.trained().stream().map(Gloss::of).toList();
        Set<String> trainedIds = trained.stream().map(Gloss::id).collect(Collectors.toSet());
        List<Gloss> queries = Stream.concat(
                        watch.heldOut().stream().map(Gloss::of),
                        notStreamed.stream().filter(gloss -> !trainedIds.contains(gloss.id())))
                .distinct()
                .limit(QUERIES)
                .toList();
        return new HoldoutAccuracy(trained, queries);
    }

    private KnnAccuracy knn(HoldoutAccuracy accuracy, EmbeddingClient client)
            throws IOException, InterruptedException, RefusedModelException {
        double frozen;
        try (var encoder =
                FrozenEncoder.open(platform.model(), Runtime.getRuntime().availableProcessors())) {
            frozen = accuracy.of(texts -> encoder.embed(EncoderInput.texts(texts)));
        }
        double served = accuracy.of(texts -> inRequests(texts, client));
        return new KnnAccuracy(frozen, served, accuracy.queryCount(), accuracy.gallerySize());
    }

    private static Optional<FreshnessPercentiles> percentiles(Freshness freshness) {
        return freshness
                .percentile(HALF)
                .flatMap(half -> freshness.percentile(NEARLY_ALL).map(most -> new FreshnessPercentiles(half, most)));
    }

    private static List<float[]> inRequests(List<String> texts, EmbeddingClient client)
            throws IOException, InterruptedException {
        var vectors = new ArrayList<float[]>();
        for (int from = 0; from < texts.size(); from += TEXTS_A_REQUEST) {
            int to = Math.min(texts.size(), from + TEXTS_A_REQUEST);
            vectors.addAll(client.embed(texts.subList(from, to)).vectors());
        }
        return vectors;
    }
}
