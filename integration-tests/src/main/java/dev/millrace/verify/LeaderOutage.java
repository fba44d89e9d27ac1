package dev.millrace.verify;

import dev.millrace.scenario.Cluster;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** On a cluster of three brokers the one dies that leads the training log. Stateless. */
final class LeaderOutage {
    static final String NAME = "leaderKilled";
    private static final String TRAINER = "trainer";
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private LeaderOutage() {}

    /**
     * Runs the outage; leaves no process behind.
     *
     * @param away how long the broker is away
     */
    static List<OutageReport> run(Path directory, Duration away, long seed) throws Exception {
        ModelFiles model = ModelFiles.small(directory);
        try (Cluster cluster = Cluster.start(directory.resolve("cluster"));
                Installation site = Installation.on(cluster, directory.resolve("site"), model, Settings.RESTLESS)) {
            site.startRegistry();
            site.startTrainer(TRAINER);
            Waiting.require(
                    "the trainer's readiness",
                    LIMIT,
                    () -> site.trainer(TRAINER).isReady());
            try (SampleFeed feed = new SampleFeed(site.kafka(), seed)) {
                OutageWatch watch = new OutageWatch(site, feed, TRAINER, away);
                watch.observe(killing(cluster, site.kafka().topics().batches()));
                return watch.reports();
            }
        }
    }

    private static Outage killing(Cluster cluster, String topic) {
        int[] leader = {0};
        return Outage.of(
                NAME,
                "",
                () -> {
                    leader[0] = cluster.leaderOf(topic);
                    cluster.kill(leader[0]);
                    CrashScenario.say("node %d is dead, %s has another leader soon", leader[0], topic);
                },
                () -> {
                    CrashScenario.say("the leader is now node %d", cluster.leaderOf(topic));
                    cluster.restart(leader[0]);
                    Waiting.require("a whole cluster", LIMIT, () -> cluster.isWhole(topic));
                });
    }
}
