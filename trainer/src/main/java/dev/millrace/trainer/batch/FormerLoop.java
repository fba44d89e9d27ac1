package dev.millrace.trainer.batch;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts Kafka Streams as soon as the topics are there, and keeps an eye on the brokers from then on. Thread-safe, with one
 * watch thread of its own. Closed by the one who started it.
 */
final class FormerLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FormerLoop.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(30);

    private final Map<String, Object> settings;
    private final TopicCheck topicCheck;
    private final TopologyFactory topologies;
    private final Thread watch;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final WallClock clock = new WallClock(System::currentTimeMillis, System::nanoTime);
    private final ThreadFailures failures = new ThreadFailures(InstantSource.system());
    private volatile Optional<FormerHealth> outside =
            Optional.of(new FormerHealth(FormerHealth.State.STARTING, "looking for the topics"));
    private volatile @Nullable KafkaStreams streams;
    private volatile IngestCounts lastCounts = IngestCounts.none();
    private int samplePartitions;

    /** Builds the topology once the topics are known. */
    interface TopologyFactory {
        Topology build(TopicCheck.Outcome.Ready topics);
    }

    private FormerLoop(String name, Map<String, Object> settings, TopicCheck topicCheck, TopologyFactory topologies) {
        this.settings = settings;
        this.topicCheck = topicCheck;
        this.topologies = topologies;
        this.watch = new Thread(this::run, name + "-watch");
        watch.setDaemon(true);
    }

    /**
     * Starts the watch thread.
     *
     * @param settings of Kafka Streams
     */
    static FormerLoop start(
            String name, Map<String, Object> settings, TopicCheck topicCheck, TopologyFactory topologies) {
        FormerLoop loop = new FormerLoop(name, settings, topicCheck, topologies);
        loop.watch.start();
        return loop;
    }

    FormerHealth health() {
        if (!isOpen()) {
            return new FormerHealth(FormerHealth.State.CLOSED, "closed");
        }
        return outside.or(failures::problem).orElseGet(() -> {
            KafkaStreams running = streams;
            KafkaStreams.State state = running == null ? KafkaStreams.State.CREATED : running.state();
            return state == KafkaStreams.State.RUNNING
                    ? FormerHealth.running()
                    : new FormerHealth(FormerHealth.State.STARTING, "Kafka Streams is " + state);
        });
    }

    IngestCounts counts() {
        KafkaStreams running = streams;
        if (running != null) {
            try {
                lastCounts = read(running.store(StoreQueryParameters.fromNameAndType(
                        FormerStores.TALLY, QueryableStoreTypes.<String, Long>keyValueStore())));
            } catch (InvalidStateStoreException e) {
                log.debug("Counts cannot be read while partitions move", e);
            }
        }
        return lastCounts;
    }

    private static IngestCounts read(ReadOnlyKeyValueStore<String, Long> tallies) {
        Map<String, Long> sums = new HashMap<>();
        try (KeyValueIterator<String, Long> entries = tallies.all()) { // one after the other, of every partition held
            entries.forEachRemaining(entry -> sums.merge(entry.key, entry.value, Long::sum));
        }
        return IngestCounts.from(outcome -> sums.getOrDefault(outcome, 0L));
    }

    @Override
    public void close() {
        closed.countDown();
        failures.close();
        watch.interrupt();
        try {
            watch.join(CLOSE_WITHIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        KafkaStreams running = streams;
        if (running != null) {
            boolean isClosed = running.close(
                    CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                            .withTimeout(CLOSE_WITHIN));
            log.info("Batch former closed inTime={}", isClosed);
        }
    }

    private void run() {
        try {
            while (isOpen()) {
                try {
                    watch();
                } catch (KafkaException e) { // an address that cannot be resolved, at this moment
                    report(Optional.of(new FormerHealth(FormerHealth.State.WAITING_FOR_BROKER, e.toString())));
                    isOpenAfterPause();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closing
        } catch (RuntimeException e) {
            log.error("The watch over brokers and topics stopped, restart the batch former", e);
            report(Optional.of(new FormerHealth(FormerHealth.State.FAILED, "nobody watches the topics: " + e)));
        }
    }

    private void watch() throws InterruptedException {
        Admin admin = Admin.create(settings);
        try {
            do {
                if (clock.wentBack()) {
                    closeForANewStart();
                }
                report(topicCheck.look(admin).fold(this::judge, Optional::of));
            } while (isOpenAfterPause());
        } finally {
            admin.close(Duration.ZERO); // by itself it would wait a minute for brokers that are away
        }
    }

    /** Kafka's timers stand still until the clock is where it was: nothing is committed, and no heartbeat sent. */
    private void closeForANewStart() {
        KafkaStreams running = streams;
        if (running != null) {
            log.warn("The clock of this machine was set back, Kafka Streams starts anew");
            boolean isClosed = running.close(
                    CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
                            .withTimeout(CLOSE_WITHIN));
            log.info("Kafka Streams closed inTime={}", isClosed);
            streams = null;
        }
    }

    private boolean isOpen() {
        return closed.getCount() > 0;
    }

    private boolean isOpenAfterPause() throws InterruptedException {
        return !closed.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Optional<FormerHealth> judge(TopicCheck.Outcome.Ready topics) {
        if (streams == null) {
            samplePartitions = topics.samplePartitions();
            start(topologies.build(topics));
        }
        if (topics.samplePartitions() == samplePartitions) {
            return Optional.empty();
        }
        return Optional.of(new FormerHealth(
                FormerHealth.State.FAILED,
                "the samples topic went from " + samplePartitions + " to " + topics.samplePartitions()
                        + " partitions, and with it the places where ids are remembered; start again with another"
                        + " batch.applicationId, which reads the topic from its beginning"));
    }

    private void start(Topology topology) {
        Properties properties = new Properties();
        properties.putAll(settings);
        KafkaStreams starting = new KafkaStreams(topology, properties);
        starting.setUncaughtExceptionHandler(failures);
        starting.setStateListener((now, before) -> log.info("Batch former state={} before={}", now, before));
        try {
            starting.start();
        } catch (RuntimeException e) {
            starting.close(Duration.ZERO); // the next attempt has one of its own
            throw e;
        }
        streams = starting;
    }

    private void report(Optional<FormerHealth> now) {
        if (!now.equals(outside)) {
            now.ifPresentOrElse(
                    health -> log.warn("Batch former state={} cause=\"{}\"", health.state(), health.cause()),
                    () -> log.info("Brokers and topics are there samplePartitions={}", samplePartitions));
            outside = now;
        }
    }
}
