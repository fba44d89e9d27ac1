package dev.millrace.standalone.cli;

import dev.millrace.contract.StopSignal;
import dev.millrace.standalone.Standalone;
import dev.millrace.standalone.StandaloneConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace standalone}: Kafka, registry, trainer and inference service in one process. */
@Command(
        name = "standalone",
        description = {
            "Runs Kafka, schema registry, trainer and inference service in one process, on one directory.",
            "A second start on the same directory goes on where the first one was."
        })
final class StandaloneCommand implements Callable<Integer>, Service {
    @Mixin
    private final Console console = new Console();

    @Option(
            names = "--data-dir",
            defaultValue = "millrace-data",
            paramLabel = "DIR",
            description = "Everything is kept here (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Keys of standalone.yaml to change; STANDALONE_SECTION__KEY in the environment wins.")
    private @Nullable Path config;

    @Override
    public Integer call() throws InterruptedException {
        Logging.ofPlatform();
        StandaloneConfig standalone = StandaloneConfig.load(Optional.ofNullable(config), System.getenv());
        Standalone platform = Standalone.start(standalone, directory, System.getenv());
        StopSignal signal = StopSignal.install(platform::close);
        printAddresses(platform);
        String cause = platform.awaitFailure();
        signal.awaitEndIfStopping();
        platform.close();
        throw new FailedException(cause);
    }

    private void printAddresses(Standalone platform) {
        PrintWriter out = console.out();
        out.println("Kafka       " + platform.kafka().bootstrapServers());
        out.println("registry    " + platform.kafka().registryUrl());
        boolean isReady = platform.inference().readiness().isReady();
        out.println("inference   " + platform.inferenceAddress() + (isReady ? "" : " (loading the model)"));
        out.println("trainer     http://127.0.0.1:" + platform.trainer().httpPort() + "/metrics");
        out.println("feed it     docker/millrace produce --bootstrap "
                + platform.kafka().bootstrapServers() + " --registry "
                + platform.kafka().registryUrl() + " FILE");
        out.flush();
    }
}
