package dev.millrace.trainer.batch;

import dev.millrace.contract.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Looks whether the topics are as the batch former needs them. Immutable. */
final class TopicCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** Kafka's default of {@code max.message.bytes}. */
    private static final int UNTOUCHED_MAX_BYTES = 1_048_588;

    private final Topics topics;
    private final int batchesPartition;

    /** What the topics look like. */
    sealed interface Outcome {
        <T> T fold(Function<? super Ready, ? extends T> ready, Function<? super FormerHealth, ? extends T> missing);

        /** All there. */
        record Ready(int samplePartitions, int deadLetterMaxBytes) implements Outcome {
            @Override
            public <T> T fold(
                    Function<? super Ready, ? extends T> ready, Function<? super FormerHealth, ? extends T> missing) {
                return ready.apply(this);
            }
        }

        /** Something is missing, or cannot be seen. */
        record Missing(FormerHealth health) implements Outcome {
            @Override
            public <T> T fold(
                    Function<? super Ready, ? extends T> ready, Function<? super FormerHealth, ? extends T> missing) {
                return missing.apply(health);
            }
        }
    }

    TopicCheck(Topics topics, int batchesPartition) {
        this.topics = topics;
        this.batchesPartition = batchesPartition;
    }

    Outcome look(Admin admin) throws InterruptedException {
        try {
            int batchPartitions = partitions(admin, topics.batches());
            if (batchPartitions <= batchesPartition) {
                return missing("topic " + topics.batches() + " has " + batchPartitions
                        + " partitions, batch.partition is " + batchesPartition + "; add partitions or choose another");
            }
            partitions(admin, topics.holdout());
            partitions(admin, topics.deadLetters());
            return new Outcome.Ready(partitions(admin, topics.samples()), deadLetterMaxBytes(admin));
        } catch (NoSuchTopicException e) {
            return missing("topic " + e.topic + " does not exist; create it");
        } catch (TimeoutException e) {
            return brokerAway("no answer within " + TIMEOUT.toSeconds() + " s");
        } catch (ExecutionException e) {
            return brokerAway(String.valueOf(e.getCause()));
        }
    }

    private static final class NoSuchTopicException extends Exception {
        private final String topic;

        NoSuchTopicException(String topic) {
            super(topic);
            this.topic = topic;
        }
    }

    private static int partitions(Admin admin, String topic)
            throws InterruptedException, ExecutionException, TimeoutException, NoSuchTopicException {
        try {
            Map<String, TopicDescription> found =
                    get(admin.describeTopics(List.of(topic)).allTopicNames());
            return found.values().iterator().next().partitions().size();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new NoSuchTopicException(topic);
            }
            throw e;
        }
    }

    private int deadLetterMaxBytes(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, topics.deadLetters());
        try {
            Map<ConfigResource, Config> found =
                    get(admin.describeConfigs(List.of(topic)).all());
            String maxBytes = found.values()
                    .iterator()
                    .next()
                    .get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
                    .value();
            return Math.min(Integer.parseInt(maxBytes), BatchFormer.DEAD_LETTER_MAX_BYTES);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return UNTOUCHED_MAX_BYTES; // not ours to know; what every topic takes is safe
            }
            throw e;
        }
    }

    private static Outcome missing(String cause) {
        return new Outcome.Missing(new FormerHealth(FormerHealth.State.WAITING_FOR_TOPICS, cause));
    }

    private static Outcome brokerAway(String cause) {
        return new Outcome.Missing(
                new FormerHealth(FormerHealth.State.WAITING_FOR_BROKER, "brokers do not answer: " + cause));
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
