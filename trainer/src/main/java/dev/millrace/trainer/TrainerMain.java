package dev.millrace.trainer;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.StopSignal;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * {@code java -jar millrace-trainer.jar [--config FILE]}. Exit code 0 = asked to stop, 1 = failed, 2 = cannot run as
 * configured.
 */
public final class TrainerMain {
    private TrainerMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.exit(run(configFile(arguments), System.getenv()));
    }

    /** Loads the configuration: shipped file, then the user's, then the environment. */
    public static TrainerConfig load(Optional<Path> userFile, Map<String, String> environment) {
        return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", userFile, "TRAINER", environment);
    }

    /** Runs until a signal or a failure; returns the exit code. */
    public static int run(Optional<Path> userFile, Map<String, String> environment) throws InterruptedException {
        try {
            Trainer trainer = Trainer.start(load(userFile, environment));
            StopSignal signal = StopSignal.install(trainer::close);
            Optional<Throwable> failure = trainer.awaitEnd();
            signal.awaitEndIfStopping();
            trainer.close();
            String cause = failure.map(Throwable::getMessage).orElse("training has ended");
            System.err.println("millrace-trainer: " + cause);
            return failure.filter(StartupException.class::isInstance).isPresent() ? 2 : 1;
        } catch (StartupException e) {
            System.err.println("millrace-trainer: " + e.getMessage());
            return 2;
        }
    }

    private static Optional<Path> configFile(String[] arguments) {
        if (arguments.length == 0) {
            return Optional.empty();
        }
        if (arguments.length != 2 || !arguments[0].equals("--config")) {
            System.err.println("usage: java -jar millrace-trainer.jar [--config FILE]");
            System.exit(2);
        }
        return Optional.of(Path.of(arguments[1]));
    }
}
