package dev.millrace.inference.listen;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Topics;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the promotions of one model and tells each wanted version, on a thread of its own. Reads both topics from their
 * beginnings, since they are compacted and small; after every trouble it begins again.
 *
 * <pre>
 *   CATCHING_UP ─▶ FOLLOWING ─┬─▶ KAFKA_UNAVAILABLE | REGISTRY_UNAVAILABLE ─back-off─▶ CATCHING_UP
 *        └─▶ TOPICS_MISSING ──┘
 * </pre>
 *
 * <p>Thread-safe; closed by whoever made it.
 */
public final class PromotionListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PromotionListener.class);
    private static final Duration POLL = Duration.ofMillis(500);
    /** Longest wait for an answer of the broker; after this it counts as away. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;
    private static final long TOPICS_PAUSE_MILLIS = 1000;

    private final Topics topics;
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final PromotionLog promotionLog;
    private final java.util.function.Consumer<Wanted> listener;
    private final List<ValueReader<?>> readers;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "promotion-listener");
    private volatile @Nullable Consumer<byte[], byte[]> current;
    private volatile ListenState state = new ListenState(ListenState.Phase.CATCHING_UP, "not started");

    /**
     * A listener that is not started yet.
     *
     * @param model only its records are looked at
     * @param listener told each wanted version, on this listener's thread; must return soon
     */
    public PromotionListener(KafkaConfig kafka, String model, java.util.function.Consumer<Wanted> listener) {
        this(kafka.topics(), new AvroSerdes(kafka), model, () -> new KafkaConsumer<>(properties(kafka)), listener);
    }

    PromotionListener(
            Topics topics,
            AvroSerdes serdes,
            String model,
            Supplier<Consumer<byte[], byte[]>> consumers,
            java.util.function.Consumer<Wanted> listener) {
        this.topics = topics;
        this.consumers = consumers;
        this.listener = listener;
        var promotions = new ValueReader<>(topics.promotions(), serdes.deserializer(Promotion.class));
        var snapshots = new ValueReader<>(topics.snapshots(), serdes.deserializer(SnapshotManifest.class));
        this.readers = List.of(promotions, snapshots);
        this.promotionLog = new PromotionLog(topics, model, promotions, snapshots);
    }

    private static Map<String, Object> properties(KafkaConfig kafka) {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put("bootstrap.servers", kafka.bootstrapServers());
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        properties.put("isolation.level", "read_committed");
        properties.put("allow.auto.create.topics", false);
        properties.putIfAbsent("reconnect.backoff.max.ms", Math.toIntExact(LONGEST_PAUSE_MILLIS));
        return properties;
    }

    /** Begins to follow. */
    public void start() {
        thread.setDaemon(true);
        thread.start();
    }

    public ListenState state() {
        return state;
    }

    private void run() {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        while (!isClosing()) {
            try (Consumer<byte[], byte[]> consumer = consumers.get()) {
                current = consumer;
                follow(consumer);
            } catch (WakeupException e) {
                log.debug("Woken up to stop");
            } catch (RegistryUnavailableException e) {
                pauseMillis = trouble(ListenState.Phase.REGISTRY_UNAVAILABLE, e, pauseMillis);
            } catch (KafkaException e) {
                pauseMillis = trouble(ListenState.Phase.KAFKA_UNAVAILABLE, e, pauseMillis);
            } catch (RuntimeException | Error e) {
                // A defect must not end the following of promotions in silence.
                log.error("Following promotions failed, trying on", e);
                pauseMillis = trouble(ListenState.Phase.LISTENER_FAILED, e, pauseMillis);
            }
        }
        readers.forEach(ValueReader::close);
        enter(ListenState.Phase.STOPPED, "stopped");
    }

    /** Says what is wrong, waits, and gives the next pause. */
    private long trouble(ListenState.Phase phase, Throwable e, long pauseMillis) {
        boolean first = state.phase() != phase;
        long next = first ? FIRST_PAUSE_MILLIS : Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
        enter(phase, e.toString());
        pause(next);
        return next;
    }

    private void follow(Consumer<byte[], byte[]> consumer) {
        promotionLog.restart();
        List<TopicPartition> partitions = partitions(consumer);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        while (!isClosing()) {
            readToTheEnd(consumer, partitions);
            promotionLog.news().ifPresent(listener);
            enter(ListenState.Phase.FOLLOWING, "");
            awaitRecords(consumer);
        }
    }

    private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
        while (!isClosing()) {
            List<TopicPartition> partitions = new ArrayList<>();
            List<String> missing = new ArrayList<>();
            for (String topic : List.of(topics.promotions(), topics.snapshots())) {
                var found = consumer.partitionsFor(topic, PATIENCE);
                if (found == null || found.isEmpty()) {
                    missing.add(topic);
                } else {
                    found.forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
                }
            }
            if (missing.isEmpty()) {
                return partitions;
            }
            enter(
                    ListenState.Phase.TOPICS_MISSING,
                    "waiting for " + String.join(" and ", missing)
                            + "; the trainer makes them, or kafka.topicPrefix is wrong");
            pause(TOPICS_PAUSE_MILLIS);
        }
        throw new WakeupException();
    }

    /**
     * Reads up to where the topics end now. A manifest is written before its promotion, so what was promoted so far has
     * its manifest read when this returns. Asking for the ends also proves that the broker is there.
     */
    private void readToTheEnd(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey(), PATIENCE) < end.getValue())) {
            if (accept(consumer)) {
                deadline = System.nanoTime() + PATIENCE.toNanos();
            } else if (System.nanoTime() > deadline) {
                throw new KafkaException("no records came within " + PATIENCE + ", but the topics have more");
            }
        }
    }

    /** Waits for records, for a while; the broker is proved alive again after that. */
    private void awaitRecords(Consumer<byte[], byte[]> consumer) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean came = false;
        while (!came && !isClosing() && System.nanoTime() < deadline) {
            came = accept(consumer);
        }
    }

    private boolean accept(Consumer<byte[], byte[]> consumer) {
        boolean came = false;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            promotionLog.accept(record);
            came = true;
        }
        if (isClosing()) {
            throw new WakeupException();
        }
        return came;
    }

    private void enter(ListenState.Phase phase, String detail) {
        if (state.phase() != phase) {
            switch (phase) {
                case FOLLOWING -> log.info("Following promotions topic={}", topics.promotions());
                case CATCHING_UP, STOPPED -> log.debug("Promotion listener phase={}", phase);
                case TOPICS_MISSING, KAFKA_UNAVAILABLE, REGISTRY_UNAVAILABLE, LISTENER_FAILED ->
                    log.warn("Cannot follow promotions, trying on cause={} detail={}", phase, detail);
            }
        }
        state = new ListenState(phase, detail);
    }

    /** Waits; a stop cuts the wait short. */
    private void pause(long millis) {
        try {
            boolean stopped = closing.await(millis, TimeUnit.MILLISECONDS);
            log.trace("Paused millis={} stopped={}", millis, stopped);
        } catch (InterruptedException e) {
            closing.countDown();
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Stops listening within a few seconds, also while the broker is away. */
    @Override
    public void close() {
        closing.countDown();
        Consumer<byte[], byte[]> consumer = current;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            thread.join(PATIENCE.multipliedBy(2).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
