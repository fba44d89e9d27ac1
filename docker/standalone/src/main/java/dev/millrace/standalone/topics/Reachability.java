package dev.millrace.standalone.topics;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Waits until the broker has a topic and the registry takes a schema, and says what it waits for. Owned by one thread;
 * holds nothing open between calls.
 */
public final class Reachability {
    private static final Duration ONE_TRY = Duration.ofSeconds(3);
    private static final long BETWEEN_TRIES_MILLIS = 500;
    private static final int FIRST_SERVER_ERROR = 500;

    private final KafkaConfig kafka;
    private final Consumer<String> waitingFor;

    /** @param waitingFor told once for each new thing that is waited for */
    public Reachability(KafkaConfig kafka, Consumer<String> waitingFor) {
        this.kafka = kafka;
        this.waitingFor = waitingFor;
    }

    /** A call to the registry, for example the first serialisation of a record. */
    @FunctionalInterface
    public interface RegistryCall {
        void run();
    }

    /**
     * Returns when the topic is there.
     *
     * @return empty, or what was still missing when the limit came
     * @throws StartupException when waiting cannot help: malformed address, refused login
     */
    public Optional<String> awaitTopic(String topic, Duration limit) throws InterruptedException {
        return await(limit, () -> missingTopic(topic));
    }

    /** Returns when the registry has answered; result and exception as in {@link #awaitTopic}. */
    public Optional<String> awaitRegistry(RegistryCall call, Duration limit) throws InterruptedException {
        return await(limit, () -> missingRegistry(call));
    }

    private interface Check {
        Optional<String> missing() throws InterruptedException;
    }

    private Optional<String> await(Duration limit, Check check) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        Optional<String> said = Optional.empty();
        Optional<String> missing = check.missing();
        while (missing.isPresent() && System.nanoTime() < deadline) {
            if (!missing.equals(said)) {
                waitingFor.accept("waiting for " + missing.get());
                said = missing;
            }
            TimeUnit.MILLISECONDS.sleep(BETWEEN_TRIES_MILLIS);
            missing = check.missing();
        }
        return missing;
    }

    private Optional<String> missingTopic(String topic) throws InterruptedException {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ONE_TRY.toMillis());
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ONE_TRY.toMillis());
        String broker = "the broker at " + kafka.bootstrapServers();
        try (var admin = Admin.create(properties)) {
            admin.describeTopics(java.util.List.of(topic)).allTopicNames().get();
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(describe(e, broker, topic));
        } catch (KafkaException e) {
            if (e.getCause() instanceof ConfigException wrong && !isUnresolved(wrong)) {
                throw new StartupException("cannot use " + broker + ": " + wrong.getMessage(), e);
            }
            return Optional.of(broker + " (its name cannot be resolved)");
        }
    }

    private static boolean isUnresolved(ConfigException wrong) {
        return String.valueOf(wrong.getMessage()).contains("No resolvable");
    }

    private static String describe(ExecutionException failure, String broker, String topic) {
        Throwable cause = failure.getCause();
        if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
            throw new StartupException(broker + " refuses this client: " + cause.getMessage(), cause);
        }
        return cause instanceof UnknownTopicOrPartitionException
                ? "topic " + topic + " at " + broker + " (it is made by the trainer; or is --topic-prefix another?)"
                : broker;
    }

    private Optional<String> missingRegistry(RegistryCall call) {
        try {
            call.run();
            return Optional.empty();
        } catch (KafkaException e) {
            String registry = "the schema registry at " + kafka.registryUrl();
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof RestClientException refused && refused.getStatus() < FIRST_SERVER_ERROR) {
                    throw new StartupException(registry + " refuses the schema: " + refused.getMessage(), e);
                }
                if (cause instanceof IOException || cause instanceof RestClientException) {
                    return Optional.of(registry);
                }
            }
            throw e;
        }
    }
}
