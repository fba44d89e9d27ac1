package dev.millrace.bench;

import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.ScratchDirectory;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench burst}: ten times the sustainable rate for a while, then calm, against a trainer in a process of its own.
 *
 * <p>The sustainable rate is measured first, on backlogs. Freshness is the age of the oldest record whose fate is open: not
 * yet trained, held out, counted as a duplicate or refused. Prints the rates, the largest heap, resident memory and backlog
 * (records whose fate is open; batches that wait for the learner), how often the batch former was rebalanced, how long the
 * backlog took to drain, and freshness before, at its worst and afterwards.
 */
@Command(name = "bench burst", description = "Sends far more than can be trained for a while, and watches.")
public final class BurstBench implements Callable<Integer> {
    @Option(names = "--seconds", defaultValue = "60", description = "How long the burst lasts (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(names = "--factor", defaultValue = "10", description = "Burst rate by sustainable rate (${DEFAULT-VALUE}).")
    private int factor;

    @Option(names = "--model", defaultValue = "MINILM", description = "SMALL (generated) or MINILM (${DEFAULT-VALUE}).")
    private Model model = Model.MINILM;

    private enum Model {
        SMALL,
        MINILM
    }

    /** Runs the benchmark and ends the process. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BurstBench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        try (ScratchDirectory scratch = ScratchDirectory.make("bench-burst")) {
            ModelFiles files = model == Model.SMALL ? ModelFiles.small(scratch.path()) : ModelFiles.miniLm();
            System.out.println(new BurstScenario(scratch.path(), files).run(seconds, factor));
            scratch.noLongerNeeded();
            return 0;
        }
    }
}
