package dev.millrace.verify;

import dev.millrace.scenario.ScratchDirectory;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code verify scale-out}: several batch formers share the six partitions of one samples topic, one is killed in the
 * middle; no id is lost or doubled, and batches keep flowing.
 *
 * <p>Prints {@code instances, produced, lost, doubled, longestGapMillis, takeOverMillis}: the longest time without any batch,
 * and the longest without a batch that has samples of some partition, which is how long the killed one's partitions stood
 * still. Exit code 1 when something was lost or doubled, or when all stood still for as long as the take-over lasted.
 */
@Command(name = "verify scale-out", description = "Kills one of several batch formers and counts every id.")
public final class ScaleOutVerify implements Callable<Integer> {
    @Option(names = "--instances", defaultValue = "3", description = "Batch formers, 2 to 6 (${DEFAULT-VALUE}).")
    private int instances;

    @Option(names = "--per-second", defaultValue = "300", description = "Samples sent a second (${DEFAULT-VALUE}).")
    private int perSecond;

    @Option(names = "--seed", defaultValue = "1", description = "Decides the samples (${DEFAULT-VALUE}).")
    private long seed;

    /** Runs the proof and ends the process. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ScaleOutVerify()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        try (ScratchDirectory scratch = ScratchDirectory.make("verify-scale-out")) {
            ScaleOutScenario.Outcome outcome = new ScaleOutScenario(scratch.path(), instances, seed).run(perSecond);
            System.out.println(outcome.json());
            if (outcome.holds()) {
                scratch.noLongerNeeded();
            }
            return outcome.holds() ? 0 : 1;
        }
    }
}
