package dev.millrace.verify;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.SteadyFeed;
import dev.millrace.scenario.TopicAudit;
import dev.millrace.scenario.Waiting;
import dev.millrace.schemas.SnapshotManifest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A trainer stands still (SIGSTOP) while another one of the same model, on directories of its own, takes over; then it wakes
 * up. It may train on until its next announcement, into its own checkpoint directory, which nobody else reads; as a batch
 * former it is one more instance of the same group, so it forms nothing twice. Owned by one thread, used once.
 */
public final class FencingScenario {
    private static final String FIRST = "first";
    private static final String SECOND = "second";
    private static final int SAMPLES_PER_SECOND = 40;
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    private static final Duration DRAIN_LIMIT = Duration.ofMinutes(2);
    private static final Pattern ANNOUNCED =
            Pattern.compile("(?:Snapshot published|Version promoted|Version held) version=(\\d+)");

    private final Path directory;
    private final ModelFiles model;
    private final long seed;

    /**
     * A run.
     *
     * @param directory empty or missing
     * @param seed decides the samples
     */
    public FencingScenario(Path directory, ModelFiles model, long seed) {
        this.directory = directory;
        this.model = model;
        this.seed = seed;
    }

    /** Runs the scenario; leaves no process behind. */
    public FencingReport run() throws InterruptedException {
        try (Installation site = new Installation(directory, model, Settings.RESTLESS)) {
            site.startPlatform();
            ChildJvm first = site.startTrainer(FIRST);
            Waiting.require(
                    "the first trainer's readiness",
                    START_LIMIT,
                    () -> site.trainer(FIRST).isReady());
            try (SampleFeed feed = new SampleFeed(site.kafka(), seed);
                    SteadyFeed steady = SteadyFeed.start(feed, SAMPLES_PER_SECOND)) {
                first.requireLine("Version promoted", START_LIMIT);
                first.pause();
                CrashScenario.say("the first trainer stands still");
                ChildJvm second = site.startTrainer(SECOND);
                second.requireLine("Snapshot published", START_LIMIT);
                int said = first.linesSaid();
                Set<Long> announced = announced(site);
                first.resume();
                int exitCode = first.awaitExit(END_LIMIT).orElse(-1);
                CrashScenario.say("the first trainer has ended: %s", first.described());
                steady.stop();
                boolean drained = site.trainer(SECOND).awaitDrained(DRAIN_LIMIT);
                TopicAudit audit =
                        TopicAudit.settled(site.kafka(), feed.account(), site.trainer(SECOND)::duplicates, DRAIN_LIMIT);
                audit.findings().forEach(finding -> CrashScenario.say("%s", finding));
                CrashScenario.say("drained: %s; the second trainer: %s", drained, second.described());
                return new FencingReport(
                        exitCode,
                        first.awaitLine(said, "has taken over", Duration.ZERO).isPresent(),
                        announcedSince(first.lines(said), announced),
                        audit.lost(),
                        audit.doubled());
            }
        }
    }

    private static Set<Long> announced(Installation site) {
        return TopicAudit.read(site.kafka(), site.kafka().topics().snapshots(), SnapshotManifest.class).stream()
                .map(SnapshotManifest::getVersion)
                .collect(Collectors.toSet());
    }

    /** A version that was committed just before the standstill may be told just after it. */
    private static long announcedSince(List<String> lines, Set<Long> before) {
        return lines.stream()
                .map(ANNOUNCED::matcher)
                .filter(matcher -> matcher.find() && !before.contains(Long.valueOf(matcher.group(1))))
                .count();
    }
}
