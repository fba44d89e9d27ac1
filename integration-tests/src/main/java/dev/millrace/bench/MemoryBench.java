package dev.millrace.bench;

import dev.millrace.scenario.CountArgument;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.policy.EncoderPolicy;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether memory stays flat while MiniLM trains on glosses of all lengths, with replay. Looks at heap (after a collection),
 * resident memory and arrays of the engine every 50 steps, and fits a line to what follows the first 200. Prints {@code
 * steps, heapMiB, residentMiB, heapKiBPerStep, residentKiBPerStep, arraysGrown}; exit code 1 when an array of the engine
 * was left behind, or heap or native memory grows faster than a leak of one array a step would. Linux only. Arguments: number of steps (default 1000).
 */
public final class MemoryBench {
    private static final int DEFAULT_STEPS = 1_000;
    private static final int WARM_UP = 200;
    private static final int BETWEEN_LOOKS = 50;
    private static final double KIB = 1024;
    /** The smallest weight gradient of MiniLM's layers takes 1.5 KiB; one leaked a step shows in the heap's handles. */
    private static final double HEAP_LIMIT = 1;
    /** A leaked activation of one short batch takes more than this. */
    private static final double RESIDENT_LIMIT = 150;

    private final List<double[]> looks = new ArrayList<>();

    private MemoryBench() {}

    /** Runs the benchmark. */
    public static void main(String[] arguments) throws Exception {
        int steps = CountArgument.of("bench memory", arguments, DEFAULT_STEPS);
        System.exit(new MemoryBench().run(steps) ? 0 : 1);
    }

    private boolean run(int steps) throws Exception {
        StopBetweenSteps stop = StopBetweenSteps.install();
        Map<String, String> recipe = Map.of(
                "TRAINER_POLICY__THREADS", "1",
                "TRAINER_POLICY__TRAIN", "encoder/layer.[2-5]/**",
                "TRAINER_REPLAY__PER_BATCH", "8");
        try (BenchEncoder encoder = new BenchEncoder(recipe);
                EncoderPolicy policy = encoder.openPolicy()) {
            Learner learner = encoder.learner(policy);
            policy.enterThread();
            List<PreparedBatch> batches = encoder.glosses(steps);
            for (int step = 1; step <= steps; step++) {
                stop.pass();
                learner.apply(batches.get(step - 1));
                if (step % BETWEEN_LOOKS == 0) {
                    look(step, policy.arrays());
                }
            }
        }
        return report(steps);
    }

    private void look(int step, int arrays) throws IOException {
        System.gc();
        double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / KIB;
        double resident = residentKib();
        System.err.printf(Locale.ROOT, "step %d  heap %.0f MiB  resident %.0f MiB%n", step, heap / KIB, resident / KIB);
        looks.add(new double[] {step, heap, resident, arrays});
    }

    private static double residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D+", "")))
                .findFirst()
                .orElse(Double.NaN);
    }

    private boolean report(int steps) {
        List<double[]> settled =
                looks.stream().filter(look -> look[0] >= WARM_UP).toList();
        double heapSlope = slope(settled, 1);
        double residentSlope = slope(settled, 2);
        double[] last = looks.get(looks.size() - 1);
        double arraysGrown = last[3] - settled.get(0)[3];
        System.out.printf(
                Locale.ROOT,
                "{\"steps\":%d,\"heapMiB\":%.1f,\"residentMiB\":%.0f,\"heapKiBPerStep\":%.3f,\"residentKiBPerStep\":%.1f,"
                        + "\"arraysGrown\":%.0f}%n",
                steps,
                last[1] / KIB,
                last[2] / KIB,
                heapSlope,
                residentSlope,
                arraysGrown);
        return arraysGrown == 0 && heapSlope < HEAP_LIMIT && residentSlope < RESIDENT_LIMIT;
    }

    /** Least squares over the steps. */
    private static double slope(List<double[]> points, int column) {
        double x = points.stream().mapToDouble(p -> p[0]).average().orElse(Double.NaN);
        double y = points.stream().mapToDouble(p -> p[column]).average().orElse(Double.NaN);
        double above =
                points.stream().mapToDouble(p -> (p[0] - x) * (p[column] - y)).sum();
        return above / points.stream().mapToDouble(p -> (p[0] - x) * (p[0] - x)).sum();
    }
}
