package dev.millrace.inference;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.StopSignal;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the inference service as a process. Exit codes: 0 asked to stop, 1 failed, 2 cannot run as asked. */
public final class InferenceMain {
    private static final Logger log = LoggerFactory.getLogger(InferenceMain.class);
    private static final String SHIPPED = "/inference.yaml";
    private static final String USAGE = """
            usage: java -jar millrace-inference.jar [--config FILE]
            Every key with its default: inference.yaml inside the jar. INFERENCE_HTTP__PORT=8081 sets http.port.""";
    private static final int FAILED = 1;
    private static final int CANNOT_RUN = 2;

    private InferenceMain() {}

    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (StartupException e) {
            System.err.println("millrace-inference: " + e.getMessage());
            System.exit(CANNOT_RUN);
        } catch (InterruptedException | RuntimeException | Error e) {
            log.error("The inference service failed", e);
            System.exit(FAILED);
        }
    }

    private static void run(String[] arguments) throws InterruptedException {
        if (arguments.length == 1 && arguments[0].equals("--help")) {
            System.out.println(USAGE);
            return;
        }
        InferenceConfig config = config(arguments, System.getenv());
        log.info("Configuration {}", ConfigLoader.effectiveYaml(config));
        InferenceService service = InferenceService.start(config);
        StopSignal.install(service::close);
        new CountDownLatch(1).await();
    }

    /** The configuration that the arguments and the environment ask for. */
    static InferenceConfig config(String[] arguments, Map<String, String> environment) {
        boolean file = arguments.length == 2 && arguments[0].equals("--config");
        if (arguments.length > 0 && !file) {
            throw new StartupException("cannot understand: " + String.join(" ", arguments) + "\n" + USAGE);
        }
        return ConfigLoader.load(
                InferenceConfig.class,
                SHIPPED,
                file ? Optional.of(Path.of(arguments[1])) : Optional.empty(),
                "INFERENCE",
                environment);
    }
}
