package dev.millrace.standalone.topics;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Waits until the broker answers or has a topic, and until the registry answers, and says what it waits for. Owned by one
 * thread; holds nothing open between calls.
 */
public final class Reachability {
    private static final Duration ONE_TRY = Duration.ofSeconds(3);
    private static final long BETWEEN_TRIES_MILLIS = 500;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int FIRST_SERVER_ERROR = 500;
    /** Error codes that the registry's client makes up for answers without one, and for answers that are no JSON. */
    private static final int NO_CODE = 0;

    private static final int NO_JSON = 50_005;

    private final KafkaConfig kafka;
    private final Consumer<String> waitingFor;

    /** @param waitingFor told once for each new thing that is waited for */
    public Reachability(KafkaConfig kafka, Consumer<String> waitingFor) {
        this.kafka = kafka;
        this.waitingFor = waitingFor;
    }

    /** A call to the registry, for example the first serialisation of a record; made again until it is answered. */
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

    /** Returns when a broker answers; result and exception as in {@link #awaitTopic}. */
    public Optional<String> awaitBroker(Duration limit) throws InterruptedException {
        return await(limit, this::missingBroker);
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
        return missing(
                admin -> admin.describeTopics(List.of(topic)).allTopicNames(),
                "topic " + topic + " at " + broker() + " (it is made by the trainer; or is --topic-prefix another?)");
    }

    private Optional<String> missingBroker() throws InterruptedException {
        return missing(admin -> admin.describeCluster().nodes(), broker());
    }

    /** @param unknown what is missing where the broker answers that it has no such thing */
    private Optional<String> missing(Function<Admin, KafkaFuture<?>> question, String unknown)
            throws InterruptedException {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ONE_TRY.toMillis());
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ONE_TRY.toMillis());
        try (var admin = Admin.create(properties)) {
            question.apply(admin).get();
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(e.getCause() instanceof UnknownTopicOrPartitionException ? unknown : describe(e));
        } catch (KafkaException e) {
            if (e.getCause() instanceof ConfigException wrong && !isUnresolved(wrong)) {
                throw new StartupException("cannot use " + broker() + ": " + wrong.getMessage(), e);
            }
            return Optional.of(broker() + " (its name cannot be resolved)");
        }
    }

    private static boolean isUnresolved(ConfigException wrong) {
        return String.valueOf(wrong.getMessage()).contains("No resolvable");
    }

    private String describe(ExecutionException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
            throw new StartupException(broker() + " refuses this client: " + cause.getMessage(), cause);
        }
        return broker();
    }

    private String broker() {
        return "the broker at " + kafka.bootstrapServers();
    }

    private Optional<String> missingRegistry(RegistryCall call) {
        try {
            call.run();
            return Optional.empty();
        } catch (KafkaException e) {
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof RestClientException answer) {
                    return Optional.of(registry() + " (" + afterAnswer(answer) + ")");
                }
                if (cause instanceof JsonProcessingException) {
                    throw noRegistry("what it answers is no JSON", cause);
                }
                if (cause instanceof IOException broken) {
                    return Optional.of(registry() + " (" + words(broken) + ")");
                }
            }
            throw e;
        }
    }

    /** What is wrong with a registry that answered, where waiting may help. */
    private String afterAnswer(RestClientException answer) {
        int status = answer.getStatus();
        if (status >= FIRST_SERVER_ERROR) {
            return "it answers with status " + status;
        }
        if (status == UNAUTHORIZED || status == FORBIDDEN) {
            throw new StartupException(registry() + " refuses this client with status " + status, answer);
        }
        if (answer.getErrorCode() == NO_CODE || answer.getErrorCode() == NO_JSON) {
            throw noRegistry("it answers with status " + status + " and no error code of a registry", answer);
        }
        throw new StartupException(registry() + " refuses the schema: " + answer.getMessage(), answer);
    }

    private StartupException noRegistry(String why, Throwable cause) {
        return new StartupException(
                kafka.registryUrl() + " is no schema registry: " + why + "; is --registry another?", cause);
    }

    private static String words(IOException broken) {
        return broken instanceof UnknownHostException
                ? "its name cannot be resolved"
                : String.valueOf(broken.getMessage()).toLowerCase(Locale.ROOT);
    }

    private String registry() {
        return "the schema registry at " + kafka.registryUrl();
    }
}
