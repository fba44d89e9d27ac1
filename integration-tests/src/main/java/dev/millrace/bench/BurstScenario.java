package dev.millrace.bench;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.HttpProbe;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.SteadyFeed;
import dev.millrace.scenario.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One burst against a trainer in a process of its own. Owned by one thread; used once. */
final class BurstScenario {
    private static final String TRAINER = "trainer";
    private static final int BACKLOG_SECONDS = 8;
    private static final int CALM_SECONDS = 8;
    private static final int MOST_ROUNDS = 6;
    private static final double STILL_WARMING = 1.1;
    private static final int FIRST_GUESS_PER_SECOND = 100;
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration LIMIT = Duration.ofMinutes(20);
    private static final Duration SETTLING = Duration.ofSeconds(30);

    private static final Map<String, String> SETTINGS =
            Map.of("TRAINER_REPLAY__PER_BATCH", "0", "TRAINER_BATCH__MAX_WAIT", "300ms");

    private final Path directory;
    private final ModelFiles model;

    BurstScenario(Path directory, ModelFiles model) {
        this.directory = directory;
        this.model = model;
    }

    /** Runs it all and gives the figures as JSON. */
    String run(int seconds, int factor) throws InterruptedException {
        try (Installation installation = new Installation(directory, model, SETTINGS)) {
            installation.startPlatform();
            ChildJvm trainer = installation.startTrainer(TRAINER);
            HttpProbe http = installation.http(TRAINER);
            Waiting.require(
                    "the trainer is ready", START, () -> http.readiness().isOk());
            try (SampleFeed feed = new SampleFeed(installation.kafka(), 1);
                    BurstWatch watch = BurstWatch.start(trainer.pid(), http, feed.account())) {
                double sustainable = sustainable(feed, watch);
                System.err.printf("sustainable: %.0f records/s%n", sustainable);
                int calm = (int) Math.max(1, sustainable / 2);
                send(feed, calm, CALM_SECONDS);
                double before = watch.freshnessSeconds();
                int rebalances = rebalances(trainer);
                int burst = (int) (sustainable * factor);
                double drain = drainAfter(burst, seconds, feed, watch);
                send(feed, calm, CALM_SECONDS);
                double after = watch.freshnessSeconds();
                int unsettled = Waiting.until(SETTLING, watch::isSettled) ? 0 : (int) watch.unsettled();
                return ("{\"sustainablePerSecond\": %.0f, \"burstPerSecond\": %d, \"burstSeconds\": %d, %s,"
                                + " \"rebalances\": %d, \"drainSeconds\": %.1f, \"freshnessBeforeSeconds\": %.1f,"
                                + " \"freshnessWorstSeconds\": %.1f, \"freshnessAfterSeconds\": %.1f,"
                                + " \"unsettled\": %d}")
                        .formatted(
                                sustainable,
                                burst,
                                seconds,
                                watch.peaks(),
                                rebalances(trainer) - rebalances,
                                drain,
                                before,
                                watch.worstFreshnessSeconds(),
                                after,
                                unsettled);
            }
        }
    }

    /** The burst; gives the seconds that its backlog takes to drain. */
    private static double drainAfter(int perSecond, int seconds, SampleFeed feed, BurstWatch watch)
            throws InterruptedException {
        System.err.printf("burst: %d records/s for %d s%n", perSecond, seconds);
        watch.startPeaks();
        send(feed, perSecond, seconds);
        long burstEnd = System.nanoTime();
        Waiting.require("the backlog drains", LIMIT, watch::isSettled);
        return (System.nanoTime() - burstEnd) / 1e9;
    }

    /**
     * Records a second, repeated and refused ones among them, over a backlog of a few seconds; measured again until it is no
     * better than before, since the first ones warm up.
     */
    private static double sustainable(SampleFeed feed, BurstWatch watch) throws InterruptedException {
        double rate = FIRST_GUESS_PER_SECOND;
        for (int round = 1; round <= MOST_ROUNDS; round++) {
            double before = rate;
            rate = drained(feed, watch, (int) (rate * BACKLOG_SECONDS));
            if (round > 1 && rate < before * STILL_WARMING) {
                break;
            }
        }
        return rate;
    }

    private static double drained(SampleFeed feed, BurstWatch watch, int backlog) throws InterruptedException {
        feed.send(backlog);
        feed.flush();
        long records = feed.account().records();
        long begun = System.nanoTime();
        long already = watch.settled();
        Waiting.require("the backlog drains", LIMIT, () -> watch.settled() >= records);
        return (records - already) / ((System.nanoTime() - begun) / 1e9);
    }

    private static void send(SampleFeed feed, int perSecond, int seconds) throws InterruptedException {
        try (SteadyFeed steady = SteadyFeed.start(feed, perSecond)) {
            TimeUnit.SECONDS.sleep(seconds);
            steady.stop();
        }
    }

    private static int rebalances(ChildJvm trainer) {
        return (int) trainer.lines(0).stream()
                .filter(line -> line.contains("state=REBALANCING"))
                .count();
    }
}
