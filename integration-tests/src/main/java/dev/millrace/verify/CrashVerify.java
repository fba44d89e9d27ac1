package dev.millrace.verify;

import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.ScratchDirectory;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code verify crash}: every sample counts exactly once, and the weights are the same, whatever dies. */
@Command(name = "verify crash", description = "Kills processes at random points and proves that nothing is lost.")
public final class CrashVerify implements Callable<Integer> {
    @Option(names = "--kills", defaultValue = "50", description = "How often a process is killed (${DEFAULT-VALUE}).")
    private int kills;

    @Option(names = "--seed", defaultValue = "1", description = "Decides samples and kills (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--model", defaultValue = "SMALL", description = "SMALL (generated) or MINILM (${DEFAULT-VALUE}).")
    private Model model = Model.SMALL;

    private enum Model {
        SMALL,
        MINILM
    }

    /** Runs the proof and ends the process. */
    public static void main(String[] arguments) {
        int exitCode = new CommandLine(new CrashVerify())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments);
        System.exit(exitCode);
    }

    @Override
    public Integer call() throws Exception {
        try (ScratchDirectory scratch = ScratchDirectory.make("verify-crash")) {
            ModelFiles files = model == Model.SMALL ? ModelFiles.small(scratch.path()) : ModelFiles.miniLm();
            CrashReport report = new CrashScenario(scratch.path(), files, kills, seed).run();
            System.out.println(report.json());
            if (report.holds()) {
                scratch.noLongerNeeded();
            }
            return report.holds() ? 0 : 1;
        }
    }
}
