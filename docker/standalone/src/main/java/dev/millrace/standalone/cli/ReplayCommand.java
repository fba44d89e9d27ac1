package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import dev.millrace.standalone.Standalone;
import dev.millrace.trainer.RebuildReport;
import dev.millrace.trainer.VersionRebuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace replay}: proves a published version by training it once more. */
@Command(
        name = "replay",
        description = {
            "Trains a published version again, from base model, configuration and training log, and compares every"
                    + " tensor with its manifest. Equal: exit code 0. Otherwise each difference is named and the exit"
                    + " code is 1: tensors, damaged blobs of the store, another base file, a log entry that cannot be"
                    + " read, a damaged checkpoint.",
            "It only reads, but for a scratch directory that is removed; the trainer may run on elsewhere.",
            "Where retention has cut the beginning of the training log, the oldest checkpoint from which the log still"
                    + " leads to the version takes its place, and the output says which one. Only what was trained"
                    + " since that checkpoint is proven then. Checkpoints are looked for where the configuration keeps"
                    + " them, or in --checkpoint-directory, for example a backup. Without one the command refuses and names"
                    + " the first offset that the log still holds and the positions whose checkpoints would do.",
            "The same bits need the same settings, the same number of threads and the same type of CPU."
        })
final class ReplayCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Option(names = "--version", required = true, paramLabel = "VERSION", description = "A version that is listed.")
    private long version;

    @ArgGroup
    private @Nullable Origin origin;

    @Option(
            names = "--checkpoint-directory",
            paramLabel = "DIR",
            description = "Checkpoints for a log that has lost its beginning (default: checkpoint.directory).")
    private @Nullable Path checkpoints;

    @Option(
            names = "--scratch",
            paramLabel = "DIR",
            description = "Where the scratch directory is made (default: the system's temporary directory).")
    private @Nullable Path scratchParent;

    /** Where the configuration is; one of the two at most. */
    static final class Origin {
        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "The trainer's configuration; TRAINER_SECTION__KEY in the environment wins.")
        private @Nullable Path config;

        @Option(
                names = "--data-dir",
                paramLabel = "DIR",
                description = "In place of --config: the directory of a standalone or quickstart that is running.")
        private @Nullable Path directory;

        Optional<Path> file() {
            if (directory == null) {
                return Optional.ofNullable(config);
            }
            Path kept = Standalone.trainerFile(directory.toAbsolutePath().normalize());
            if (!Files.isRegularFile(kept)) {
                throw new StartupException(
                        "--data-dir has no " + kept + ", which standalone writes at its start; name the"
                                + " --data-dir of the standalone that is running");
            }
            return Optional.of(kept);
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Optional<Path> config = origin == null ? Optional.empty() : origin.file();
        Path scratch = scratch();
        LiveLine live = console.liveLine();
        try {
            VersionRebuild rebuild =
                    VersionRebuild.of(config, System.getenv(), Optional.ofNullable(checkpoints), scratch);
            RebuildReport report =
                    rebuild.run(version, position -> live.show("position " + position + " of " + version));
            live.end();
            return tell(report);
        } finally {
            delete(scratch);
        }
    }

    private Path scratch() {
        try {
            return scratchParent == null
                    ? Files.createTempDirectory("millrace-replay")
                    : Files.createTempDirectory(scratchParent, "millrace-replay");
        } catch (IOException e) {
            throw new StartupException(
                    "the scratch directory cannot be made (" + e
                            + "); name one that exists and is writable by --scratch",
                    e);
        }
    }

    private int tell(RebuildReport report) {
        console.out().println("began with " + report.start());
        console.out().printf("applied    %,d log entries%n", report.entries());
        report.differences().forEach(difference -> console.out().println("DIFFERS    " + difference));
        console.out()
                .println(
                        report.isIdentical()
                                ? "identical  version " + report.version() + ", " + report.tensors() + " tensors"
                                : "not proven version " + report.version());
        return report.isIdentical() ? 0 : 1;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
