package dev.millrace.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the topics of Millrace where they are missing. An existing topic keeps its settings and its data, with three
 * exceptions that data would be lost without: a compacted topic is set to {@code cleanup.policy=compact}, topics of large
 * records take them, and {@code batches} gets more partitions when there are too few. Replication is the cluster's default.
 *
 * <p>Brokers that are away are waited for, with a warning. Thread-safe; holds nothing open between calls.
 */
public final class TopicProvisioner {
    private static final Logger log = LoggerFactory.getLogger(TopicProvisioner.class);
    private static final Duration ONE_TRY = Duration.ofSeconds(10);
    private static final long BETWEEN_TRIES_MILLIS = 1000;
    /**
     * What {@code batches}, {@code dead-letters} and {@code snapshots} take: a dead letter holds a record as large as a broker
     * takes by default, a manifest the probe's images. Whoever writes them must allow requests of this size.
     */
    public static final int LARGE_RECORD_BYTES = 8 << 20;

    private static final String BROKER_CLOCK = "LogAppendTime";
    private static final String KEPT_FOR_EVER = "-1";
    private static final String THIRTY_DAYS = Long.toString(Duration.ofDays(30).toMillis());

    private final String bootstrapServers;
    private final Map<String, Object> properties;
    private final Topics topics;

    public TopicProvisioner(KafkaConfig kafka) {
        Map<String, Object> admin = new HashMap<>(kafka.properties());
        admin.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        admin.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ONE_TRY.toMillis());
        admin.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ONE_TRY.toMillis() / 2);
        this.bootstrapServers = kafka.bootstrapServers();
        this.properties = Map.copyOf(admin);
        this.topics = kafka.topics();
    }

    /**
     * All topics, for a trainer.
     *
     * @param samplePartitions partitions of a samples topic that is made now, at least 1
     * @param models training logs, so partitions, that {@code batches} has at least
     * @throws StartupException when waiting cannot help: refused login, missing rights, malformed address
     */
    public void provisionTraining(int samplePartitions, int models) throws InterruptedException {
        List<NewTopic> wanted = new ArrayList<>(servingTopics());
        wanted.add(topic(topics.samples(), samplePartitions, Map.of()));
        wanted.add(topic(
                topics.batches(),
                models,
                Map.of(
                        TopicConfig.RETENTION_MS_CONFIG, KEPT_FOR_EVER,
                        TopicConfig.RETENTION_BYTES_CONFIG, KEPT_FOR_EVER,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(LARGE_RECORD_BYTES))));
        wanted.add(topic(topics.holdout(), 1, Map.of(TopicConfig.RETENTION_MS_CONFIG, THIRTY_DAYS)));
        wanted.add(topic(
                topics.deadLetters(),
                1,
                Map.of(
                        TopicConfig.RETENTION_MS_CONFIG,
                        THIRTY_DAYS,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(LARGE_RECORD_BYTES))));
        wanted.add(topic(topics.evaluations(), 1, Map.of(TopicConfig.RETENTION_MS_CONFIG, KEPT_FOR_EVER)));
        provision(wanted);
    }

    /** Any other topics, in the same way; exceptions as in {@link #provisionTraining}. */
    public void provision(List<NewTopic> wanted) throws InterruptedException {
        boolean isTold = false;
        while (true) {
            Optional<String> fault = attempt(wanted);
            if (fault.isEmpty()) {
                return;
            }
            if (!isTold) {
                log.warn(
                        "Kafka does not answer, waiting for it bootstrapServers={} cause={}",
                        bootstrapServers,
                        fault.get());
                isTold = true;
            }
            TimeUnit.MILLISECONDS.sleep(BETWEEN_TRIES_MILLIS);
        }
    }

    /**
     * A topic of the cluster's default replication, its records dated by the broker's clock unless the configuration says
     * otherwise. So freshness and retention count from arrival, and a writer whose clock is ahead is not refused, which a
     * broker does by default when it is ahead by more than an hour.
     */
    public static NewTopic topic(String name, int partitions, Map<String, String> configuration) {
        Map<String, String> settings = new HashMap<>(configuration);
        settings.putIfAbsent(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, BROKER_CLOCK);
        return new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(settings);
    }

    /** A topic of one partition that keeps the newest record of each key. */
    public static NewTopic compacted(String name) {
        return topic(name, 1, Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
    }

    private List<NewTopic> servingTopics() {
        return List.of(
                // A manifest holds the probe's inputs, such as images, and every label.
                topic(
                        topics.snapshots(),
                        1,
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                TopicConfig.CLEANUP_POLICY_COMPACT,
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                Integer.toString(LARGE_RECORD_BYTES))),
                compacted(topics.promotions()),
                compacted(topics.servingStatus()));
    }

    /** One try; what is to be waited for, or empty when all is done. */
    private Optional<String> attempt(List<NewTopic> wanted) throws InterruptedException {
        try (Admin admin = Admin.create(properties)) {
            for (NewTopic topic : wanted) {
                Optional<Integer> partitions = partitions(admin, topic.name());
                if (partitions.isEmpty()) {
                    create(admin, topic);
                } else {
                    correctSettings(admin, topic);
                    correctPartitions(admin, topic, partitions.get());
                }
            }
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException) {
                return Optional.of(e.getCause().toString());
            }
            throw new StartupException("Kafka at " + bootstrapServers + " refuses: " + e.getCause(), e);
        } catch (KafkaException e) {
            String cause = e.getCause() == null
                    ? e.toString()
                    : String.valueOf(e.getCause().getMessage());
            if (e.getCause() instanceof ConfigException && !cause.contains("No resolvable")) {
                throw new StartupException("Kafka at " + bootstrapServers + " cannot be used: " + cause, e);
            }
            return Optional.of(cause);
        }
    }

    private static Optional<Integer> partitions(Admin admin, String topic)
            throws InterruptedException, ExecutionException {
        try {
            var descriptions =
                    admin.describeTopics(List.of(topic)).allTopicNames().get();
            return descriptions.values().stream()
                    .findFirst()
                    .map(found -> found.partitions().size());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static void create(Admin admin, NewTopic topic) throws InterruptedException, ExecutionException {
        try {
            admin.createTopics(List.of(topic)).all().get();
            log.info("Topic created name={} partitions={}", topic.name(), topic.numPartitions());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) { // another process was quicker
                throw e;
            }
        }
    }

    private static void correctSettings(Admin admin, NewTopic wanted) throws InterruptedException, ExecutionException {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, wanted.name());
        try {
            Config actual = admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .values()
                    .iterator()
                    .next();
            for (String key : List.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.MAX_MESSAGE_BYTES_CONFIG)) {
                String value = wanted.configs().get(key);
                if (value != null && !isEnough(value, actual.get(key).value())) {
                    var operation = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
                    admin.incrementalAlterConfigs(Map.of(resource, List.of(operation)))
                            .all()
                            .get();
                    log.warn(
                            "Topic corrected name={} {}={} was={}",
                            wanted.name(),
                            key,
                            value,
                            actual.get(key).value());
                }
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw e;
            }
            log.warn("Topic settings cannot be seen, they must be {} name={}", wanted.configs(), wanted.name());
        }
    }

    /** A size may be larger than it must, a word is what it must be. */
    private static boolean isEnough(String wanted, String actual) {
        if (isNumber(wanted) && isNumber(actual)) {
            return Long.parseLong(actual) >= Long.parseLong(wanted);
        }
        return wanted.equals(actual);
    }

    private static boolean isNumber(String value) {
        return value.matches("\\d{1,18}");
    }

    private void correctPartitions(Admin admin, NewTopic wanted, int actual)
            throws InterruptedException, ExecutionException {
        if (wanted.name().equals(topics.batches()) && actual < wanted.numPartitions()) {
            var increase = NewPartitions.increaseTo(wanted.numPartitions());
            admin.createPartitions(Map.of(wanted.name(), increase)).all().get();
            log.warn("Topic corrected name={} partitions={} was={}", wanted.name(), wanted.numPartitions(), actual);
        }
    }
}
