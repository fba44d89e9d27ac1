package dev.millrace.standalone.cli;

import dev.millrace.inference.InferenceMain;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace inference}: the inference service as a process of its own. */
@Command(
        name = "inference",
        description = "Runs the inference service against any Kafka and any Confluent-compatible registry.")
final class InferenceCommand implements Callable<Integer>, Service {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Keys of inference.yaml to change; INFERENCE_SECTION__KEY in the environment wins.")
    private @Nullable Path config;

    @Override
    public Integer call() {
        InferenceMain.main(config == null ? new String[0] : new String[] {"--config", config.toString()});
        return 0;
    }
}
