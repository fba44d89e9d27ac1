package dev.millrace.standalone.cli;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How to reach Kafka and the schema registry; the same options in every command that needs them. */
final class ConnectionOptions {
    @Option(
            names = "--bootstrap",
            defaultValue = "${env:MILLRACE_BOOTSTRAP:-localhost:9092}",
            paramLabel = "HOST:PORT",
            description =
                    "Kafka brokers, separated by commas (default: ${DEFAULT-VALUE}, which MILLRACE_BOOTSTRAP in the"
                            + " environment changes).")
    private String bootstrap = "";

    @Option(
            names = "--registry",
            defaultValue = "${env:MILLRACE_REGISTRY:-http://localhost:8081}",
            paramLabel = "URL",
            description =
                    "Confluent-compatible schema registry (default: ${DEFAULT-VALUE}, which MILLRACE_REGISTRY in the"
                            + " environment changes).")
    private String registry = "";

    @Option(
            names = "--topic-prefix",
            defaultValue = "millrace.",
            paramLabel = "PREFIX",
            description = "Put before each topic name (default: ${DEFAULT-VALUE}).")
    private String topicPrefix = "";

    @Option(
            names = "--property",
            paramLabel = "KEY=VALUE",
            description = "Further Kafka client property, for example security.protocol=SSL; may be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Option(
            names = "--registry-property",
            paramLabel = "KEY=VALUE",
            description = "Further registry client property, without the prefix schema.registry.; may be repeated.")
    private Map<String, String> registryProperties = new LinkedHashMap<>();

    @Option(
            names = "--timeout",
            defaultValue = "60",
            paramLabel = "SECONDS",
            description = "How long to wait for broker and registry (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli before the command runs
    private CommandSpec command;

    private @Nullable KafkaConfig kafka;

    /** Checked at the first call, which warns on the error stream of what no client knows. */
    KafkaConfig kafka() {
        if (kafka == null) {
            kafka = checked();
        }
        return kafka;
    }

    private KafkaConfig checked() {
        try {
            var told = new KafkaConfig(bootstrap, registry, topicPrefix, properties, registryProperties);
            DecidedProperties.check(told, command.commandLine().getErr());
            return told;
        } catch (KafkaConfig.WrongValueException e) {
            throw new StartupException(option(e.key()) + " " + e.problem(), e);
        }
    }

    private static String option(String key) {
        return switch (key) {
            case "bootstrapServers" -> "--bootstrap";
            case "registryUrl" -> "--registry";
            case "topicPrefix" -> "--topic-prefix";
            case "properties" -> "--property";
            default -> key;
        };
    }

    /** Broker and registry, waited for as long as {@code --timeout} says; the line tells what for. */
    Platform platform(LiveLine live) {
        return new Platform(kafka(), timeout(), live);
    }

    Duration timeout() {
        if (timeoutSeconds < 1) {
            throw new StartupException("--timeout must be at least 1 second, was " + timeoutSeconds);
        }
        return Duration.ofSeconds(timeoutSeconds);
    }
}
