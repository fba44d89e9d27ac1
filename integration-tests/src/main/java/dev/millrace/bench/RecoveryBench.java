package dev.millrace.bench;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.CountArgument;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.ScratchDirectory;
import dev.millrace.scenario.TrainerProbe;
import dev.millrace.scenario.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From SIGKILL of a trainer of MiniLM, with the shipped settings and samples waiting, to the first batch that its successor
 * has applied. The whole time is taken outside; its parts are those that the trainer tells. Arguments: rounds (default 3);
 * the median counts.
 */
public final class RecoveryBench {
    private static final String TRAINER = "trainer";
    private static final int DEFAULT_ROUNDS = 3;
    private static final int SAMPLES = 1_500;
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Pattern PART = Pattern.compile("(\\w+)Millis=(\\d+)");

    private RecoveryBench() {}

    /** Runs the benchmark. */
    public static void main(String[] arguments) throws Exception {
        int rounds = CountArgument.of("bench recovery", arguments, DEFAULT_ROUNDS);
        try (ScratchDirectory scratch = ScratchDirectory.make("bench-recovery")) {
            System.out.println(run(scratch, rounds));
            scratch.noLongerNeeded();
        }
    }

    private static String run(ScratchDirectory scratch, int rounds) throws InterruptedException {
        Map<String, String> settings = Map.of("TRAINER_CHECKPOINT__EVERY", "2s", "TRAINER_SNAPSHOT__EVERY", "1h");
        TreeMap<Double, String> told = new TreeMap<>();
        try (Installation site = new Installation(scratch.path(), ModelFiles.miniLm(), settings)) {
            site.startPlatform();
            ChildJvm trainer = site.startTrainer(TRAINER);
            TrainerProbe probe = site.trainer(TRAINER);
            Waiting.require("readiness", LIMIT, probe::isReady);
            try (SampleFeed feed = new SampleFeed(site.kafka(), 1)) {
                feed.send(SAMPLES);
                feed.flush();
                for (int round = 0; round < rounds; round++) {
                    long position = probe.position();
                    Waiting.require("training", LIMIT, () -> probe.position() > position + 8);
                    trainer.kill();
                    long killed = System.nanoTime();
                    trainer = site.startTrainer(TRAINER);
                    String line = trainer.requireLine("First batch applied", LIMIT);
                    double seconds = (System.nanoTime() - killed) / 1e9;
                    told.put(seconds, json(seconds, line));
                    System.err.printf("round %d: %s%n", round + 1, told.get(seconds));
                }
            }
        }
        return List.copyOf(told.values()).get(rounds / 2);
    }

    private static String json(double seconds, String line) {
        StringBuilder json = new StringBuilder(String.format(Locale.ROOT, "{\"recoverySeconds\": %.3f", seconds));
        Matcher part = PART.matcher(line);
        while (part.find()) {
            json.append(String.format(
                    Locale.ROOT, ", \"%sSeconds\": %.3f", part.group(1), Long.parseLong(part.group(2)) / 1e3));
        }
        return json.append('}').toString();
    }
}
