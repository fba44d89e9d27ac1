package dev.millrace.verify;

import dev.millrace.scenario.CountArgument;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.ScratchDirectory;

/** {@code verify fencing}: of two trainers of one model only the one that started later announces. Argument: a seed. */
public final class FencingVerify {
    private FencingVerify() {}

    /** Runs the proof and ends the process. */
    public static void main(String[] arguments) throws Exception {
        long seed = CountArgument.of("verify fencing", arguments, 1);
        FencingReport report;
        try (ScratchDirectory scratch = ScratchDirectory.make("verify-fencing")) {
            report = new FencingScenario(scratch.path(), ModelFiles.small(scratch.path()), seed).run();
            System.out.println(report.json());
            if (report.holds()) {
                scratch.noLongerNeeded();
            }
        }
        System.exit(report.holds() ? 0 : 1);
    }
}
