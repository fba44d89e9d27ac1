package dev.millrace.standalone.cli;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.StartupException;
import dev.millrace.standalone.quickstart.StalledException;
import java.io.PrintWriter;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The one entry point. Exit codes: 0 done, 1 failed, 2 a mistake in arguments, configuration or input. */
@Command(
        name = "millrace",
        description = "Streaming post-training of ONNX encoders with Kafka.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = MillraceMain.Version.class,
        subcommands = {
            QuickstartCommand.class,
            StandaloneCommand.class,
            TrainerCommand.class,
            InferenceCommand.class,
            InspectCommand.class,
            ProduceCommand.class,
            VersionsCommand.class,
            PromoteCommand.class,
            RollbackCommand.class,
            DeadLettersCommand.class,
            LineageCommand.class,
            ReplayCommand.class
        })
public final class MillraceMain implements Runnable {
    private static final int FAILED = 1;
    private static final int MISTAKE = 2;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run()
    private CommandSpec spec;

    // Not by mixinStandardHelpOptions: a command of its own may have a --version to say something else.
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Shows this text.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Prints the version of this program.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean version;

    /** Runs the command and ends the process. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The whole command line, ready to execute. */
    public static CommandLine commandLine() {
        return new CommandLine(new MillraceMain())
                .setExecutionStrategy(MillraceMain::run)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((mistake, arguments) -> explain(mistake))
                .setExecutionExceptionHandler((failure, command, result) -> explain(failure, command));
    }

    private static int run(ParseResult parsed) {
        try {
            ConfigLoader.requireLogLevel(System.getenv());
        } catch (StartupException e) {
            return explain(e, parsed.commandSpec().commandLine());
        }
        if (!(command(parsed) instanceof Service)) {
            Logging.quiet(System.getenv());
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static Object command(ParseResult parsed) {
        return parsed.hasSubcommand()
                ? command(parsed.subcommand())
                : parsed.commandSpec().userObject();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command");
    }

    private static int explain(ParameterException mistake) {
        CommandLine command = mistake.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + mistake.getMessage() + "; see " + name + " --help");
        return MISTAKE;
    }

    private static int explain(Exception failure, CommandLine command) {
        String name = command.getCommandSpec().qualifiedName();
        PrintWriter err = command.getErr();
        if (failure instanceof StartupException) {
            err.println(name + ": " + failure.getMessage());
            return MISTAKE;
        }
        if (failure instanceof FailedException || failure instanceof StalledException) {
            err.println(name + ": " + failure.getMessage());
        } else if (failure instanceof KafkaException) {
            err.println(name + ": " + withCause(failure));
        } else {
            failure.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }

    /** The message, and that of the first cause: a broker or registry that is away tells itself there. */
    private static String withCause(Exception failure) {
        Throwable first = failure;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        String message = String.valueOf(failure.getMessage());
        return first == failure || message.contains(String.valueOf(first.getMessage()))
                ? message
                : message + " (" + first + ")";
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            Optional<String> version =
                    Optional.ofNullable(MillraceMain.class.getPackage().getImplementationVersion());
            return new String[] {"millrace " + version.orElse("(not packaged)")};
        }
    }
}
