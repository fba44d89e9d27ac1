package dev.millrace.standalone.cli;

import dev.millrace.trainer.TrainerMain;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace trainer}: the trainer as a process of its own. */
@Command(name = "trainer", description = "Runs the trainer against any Kafka and any Confluent-compatible registry.")
final class TrainerCommand implements Callable<Integer>, Service {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Keys of trainer.yaml to change; TRAINER_SECTION__KEY in the environment wins.")
    private @Nullable Path config;

    @Override
    public Integer call() throws InterruptedException {
        return TrainerMain.run(Optional.ofNullable(config), System.getenv());
    }
}
