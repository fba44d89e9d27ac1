package dev.millrace.verify;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.SteadyFeed;
import dev.millrace.scenario.TopicAudit;
import dev.millrace.scenario.Waiting;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.announce.KafkaVersionCatalog;
import dev.millrace.trainer.announce.VersionCatalog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Samples stream in while processes are killed; then everything drains, and what became of each sample is looked up.
 * Owned by one thread, used once.
 */
public final class CrashScenario {
    private static final String TRAINER = "trainer";
    private static final String UNDISTURBED = "undisturbed";
    private static final int SAMPLES_PER_SECOND = 40;
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(150);
    private static final Duration UNDISTURBED_LIMIT = Duration.ofMinutes(5);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final Path directory;
    private final ModelFiles model;
    private final int kills;
    private final long seed;

    /**
     * A run.
     *
     * @param directory empty or missing
     * @param kills how often a process is killed
     * @param seed decides samples and kills
     */
    public CrashScenario(Path directory, ModelFiles model, int kills, long seed) {
        this.directory = directory;
        this.model = model;
        this.kills = kills;
        this.seed = seed;
    }

    /** Runs the scenario; leaves no process behind. */
    public CrashReport run() throws Exception {
        try (Installation site = new Installation(directory.resolve("site"), model, Settings.RESTLESS)) {
            ChildJvm platform = site.startPlatform();
            try (SampleFeed feed = new SampleFeed(site.kafka(), seed);
                    ManifestWatch watch = new ManifestWatch(site.kafka(), site.store());
                    Striker striker = Striker.start(site, platform, TRAINER, seed)) {
                Waiting.require(
                        "the trainer's readiness",
                        START_LIMIT,
                        () -> site.http(TRAINER).readiness().isOk());
                strike(feed, striker);
                say("%d processes killed %s; draining", kills, striker.tally());
                striker.requireAllAlive();
                drain(site, striker);
                return judge(site, feed.account(), striker, watch);
            }
        }
    }

    private void strike(SampleFeed feed, Striker striker) throws Exception {
        try (SteadyFeed steady = SteadyFeed.start(feed, SAMPLES_PER_SECOND)) {
            for (int kill = 1; kill <= kills; kill++) {
                String told = striker.strike();
                say(
                        "kill %d of %d: %s; %,d records acknowledged",
                        kill, kills, told, feed.account().records());
            }
            steady.stop();
        }
    }

    private static void drain(Installation site, Striker striker) throws InterruptedException {
        if (!site.trainer(TRAINER).awaitDrained(DRAIN_LIMIT)) {
            say(
                    "not drained within %s: %s; %s",
                    DRAIN_LIMIT,
                    site.trainer(TRAINER).described(),
                    striker.trainer().described());
        }
    }

    private CrashReport judge(Installation site, SampleFeed.Account account, Striker striker, ManifestWatch watch)
            throws Exception {
        long duplicates = site.trainer(TRAINER).duplicates();
        requireServed(site);
        int exitCode = striker.trainer().stop(STOP_LIMIT);
        TopicAudit audit = TopicAudit.of(site.kafka(), account, duplicates);
        audit.findings().forEach(finding -> say("%s", finding));
        List<String> dangling = watch.finish();
        dangling.forEach(version -> say("dangling manifest %s", version));
        say("%d manifests were seen, %d records are in the samples topic", watch.seen(), audit.records());
        List<String> differences = differences(site);
        if (exitCode != 0) {
            differences.add("the trainer's last stop ended with exit code " + exitCode);
        }
        differences.forEach(difference -> say("%s", difference));
        return new CrashReport(
                kills, account.records(), audit.lost(), audit.doubled(), differences.isEmpty(), dangling.size());
    }

    /** The inference service has come through it all when it serves what is promoted. */
    private static void requireServed(Installation site) throws InterruptedException {
        try (VersionCatalog catalog = new KafkaVersionCatalog(site.kafka(), site.modelName())) {
            Waiting.require("serving of the promoted version", START_LIMIT, () -> {
                catalog.refresh(START_LIMIT);
                double promoted =
                        catalog.promotion().map(one -> one.getVersion()).orElse(0L);
                return site.http(Striker.INFERENCE).readiness().isOk()
                        && site.http(Striker.INFERENCE)
                                        .metric("millrace_inference_served_version")
                                        .orElse(-1)
                                == promoted;
            });
        }
    }

    /** Compares the last state with that of an undisturbed run, and both with the log. */
    private static List<String> differences(Installation site) throws InterruptedException {
        LearnedState disturbed = LearnedState.newest(site.checkpoints(TRAINER));
        LearnedState undisturbed = undisturbed(site, disturbed.position());
        say(
                "SHA-256 of weights and optimizer state: %s, undisturbed %s; %d steps, %d labels",
                disturbed.weightsSha256(),
                undisturbed.weightsSha256(),
                disturbed.header().getSteps(),
                disturbed.header().getOutputSet().size());
        List<String> differences = disturbed.differences(undisturbed);
        int batches = TopicAudit.read(site.kafka(), site.kafka().topics().batches(), TrainingBatch.class)
                .size();
        if (disturbed.header().getBatches() != batches) {
            differences.add("the log has " + batches + " batches, applied were "
                    + disturbed.header().getBatches());
        }
        return differences;
    }

    /** A new trainer, without any checkpoint, applies the same log in one go. */
    static LearnedState undisturbed(Installation site, long position) throws InterruptedException {
        Map<String, String> publishesNothing =
                Map.of("TRAINER_SNAPSHOT__EVERY", "1h", "TRAINER_SNAPSHOT__EVERY_STEPS", "1000000");
        ChildJvm trainer = site.startTrainer(UNDISTURBED, publishesNothing);
        Waiting.require(
                "the end of the undisturbed run",
                UNDISTURBED_LIMIT,
                () -> site.trainer(UNDISTURBED).position() >= position);
        trainer.stop(STOP_LIMIT);
        return LearnedState.newest(site.checkpoints(UNDISTURBED));
    }

    static void say(String format, Object... values) {
        System.err.printf(Locale.ROOT, format + "%n", values);
    }
}
