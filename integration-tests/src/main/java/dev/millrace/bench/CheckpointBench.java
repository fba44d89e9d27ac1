package dev.millrace.bench;

import dev.millrace.scenario.CountArgument;
import dev.millrace.scenario.ScratchDirectory;
import dev.millrace.scenario.Waiting;
import dev.millrace.trainer.learn.CheckpointCodec;
import dev.millrace.trainer.learn.CheckpointConfig;
import dev.millrace.trainer.learn.CheckpointDirectory;
import dev.millrace.trainer.learn.CheckpointWriter;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.WeightSettings;
import dev.millrace.trainer.policy.EncoderPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long a checkpoint of MiniLM with all its 22.6 million weights in training holds up the trainer thread, which copies
 * weights and moments, and how long the writing beside it takes. The first one is told apart.
 * Arguments: rounds (default 9); medians count.
 */
public final class CheckpointBench {
    private static final int DEFAULT_ROUNDS = 9;
    private static final int ROWS = 8;
    private static final int COLUMNS = 16;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final double NANOS_PER_MILLI = 1e6;

    private CheckpointBench() {}

    /** Runs the benchmark. */
    public static void main(String[] arguments) throws Exception {
        int rounds = CountArgument.of("bench checkpoint", arguments, DEFAULT_ROUNDS);
        StopBetweenSteps stop = StopBetweenSteps.install();
        Map<String, String> settings = Map.of("TRAINER_POLICY__FREEZE", "", "TRAINER_REPLAY__PER_BATCH", "0");
        try (ScratchDirectory scratch = ScratchDirectory.make("bench-checkpoint");
                BenchEncoder encoder = new BenchEncoder(settings)) {
            System.out.println(run(scratch, encoder, stop, rounds));
            scratch.noLongerNeeded();
        }
        System.exit(0); // Threads of the native runtime stay.
    }

    private static String run(ScratchDirectory scratch, BenchEncoder encoder, StopBetweenSteps stop, int rounds)
            throws Exception {
        CheckpointConfig config = new CheckpointConfig(scratch.path(), Duration.ofMillis(1), 1);
        double[] stall = new double[rounds];
        double[] write = new double[rounds];
        double first = 0;
        long parameters;
        try (EncoderPolicy policy = encoder.openPolicy();
                CheckpointWriter writer =
                        new CheckpointWriter(CheckpointDirectory.open(config), codec(encoder), config.every(), 0)) {
            writer.makeRoom(policy);
            policy.enterThread();
            Learner learner = encoder.learner(policy);
            for (int round = -1; round < rounds; round++) {
                stop.pass();
                learner.apply(words(learner.status().position()));
                long started = System.nanoTime();
                writer.writeInBackground(learner);
                double stalled = (System.nanoTime() - started) / NANOS_PER_MILLI;
                Waiting.require(
                        "the write",
                        LIMIT,
                        () -> writer.durablePosition().orElse(-1)
                                == learner.status().position());
                first = round < 0 ? stalled : first;
                stall[Math.max(0, round)] = stalled;
                write[Math.max(0, round)] = (System.nanoTime() - started) / NANOS_PER_MILLI;
                System.err.printf(Locale.ROOT, "round %d: held up %.1f ms%n", round + 1, stalled);
            }
            parameters = policy.trained().stream()
                    .mapToLong(tensor -> tensor.values().limit())
                    .sum();
        }
        return String.format(
                Locale.ROOT,
                "{\"parameters\": %d, \"stallMillis\": %.1f, \"firstStallMillis\": %.1f, \"writeMillis\": %.0f}",
                parameters,
                median(stall),
                first,
                median(write));
    }

    private static PreparedBatch words(long position) {
        return new PreparedBatch(position, BenchEncoder.words(ROWS, COLUMNS).samples());
    }

    private static CheckpointCodec codec(BenchEncoder encoder) {
        int threads = encoder.config().policy().threads();
        return new CheckpointCodec(
                new CheckpointCodec.Recipe("bench", "", new WeightSettings(new TreeMap<>()), threads, "", ""),
                encoder.config().learnerSettings(),
                InstantSource.system());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
