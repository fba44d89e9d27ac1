package dev.millrace.trainer.learn;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.ingest.RecordCodec;
import dev.millrace.trainer.ingest.RegistryAccess;
import dev.millrace.trainer.ingest.RegistryPatience;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log's partition on a thread of its own, which decodes and tokenises ahead of the trainer into a bounded queue.
 * The consumer is assigned and sought, never balanced; the position comes from the checkpoint. A broker or registry that is
 * away is waited for. {@link #poll} belongs to the trainer thread, the rest is thread-safe.
 */
public final class KafkaTrainingLog implements TrainingLog {
    private static final Logger log = LoggerFactory.getLogger(KafkaTrainingLog.class);
    private static final int READ_AHEAD = 4;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long RETRY_MILLIS = 500;
    private static final long NOTHING = -1;

    private final Map<String, Object> properties;
    private final RegistryAccess registry;
    private final RecordCodec<TrainingBatch> decoder;
    private final Function<AcceptedSample, PreparedSample> prepare;
    private final TopicPartition partition;
    private final BlockingQueue<PreparedBatch> ready = new ArrayBlockingQueue<>(READ_AHEAD);
    private final Thread reader;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> opened;
    private volatile boolean closing;
    private final AtomicLong durable = new AtomicLong(NOTHING);
    private volatile long lag;
    private volatile @Nullable String trouble = "the training log has not been read yet";
    private volatile @Nullable RuntimeException failure;

    /** Starts reading at {@code start}; {@code model} names the consumer group that lag monitors see. */
    public KafkaTrainingLog(
            KafkaConfig kafka, LogPosition start, String model, Function<AcceptedSample, PreparedSample> prepare) {
        this.prepare = prepare;
        this.partition = new TopicPartition(kafka.topics().batches(), start.partition());
        this.registry = RegistryAccess.open(kafka);
        this.decoder = registry.codec(TrainingBatch.class, partition.topic());
        this.properties = consumerProperties(kafka, model);
        this.reader = new Thread(() -> run(start.offset()), "millrace-training-log");
        reader.setDaemon(true);
        reader.start();
    }

    private static Map<String, Object> consumerProperties(KafkaConfig kafka, String model) {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, kafka.topicPrefix() + "learner-" + model);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return properties;
    }

    @Override
    public Optional<PreparedBatch> poll(Duration wait) throws InterruptedException {
        PreparedBatch next = ready.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
        RuntimeException failed = failure;
        if (next == null && failed != null) {
            throw failed;
        }
        return Optional.ofNullable(next);
    }

    @Override
    public long lag() {
        return lag + ready.size();
    }

    @Override
    public void reportDurable(long position) {
        durable.set(position);
    }

    @Override
    public Optional<String> trouble() {
        return registry.waitingFor().or(() -> Optional.ofNullable(trouble));
    }

    @Override
    public void close() {
        closing = true;
        registry.close();
        KafkaConsumer<byte[], byte[]> reading = opened;
        if (reading != null) {
            reading.wakeup();
        }
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(long position) {
        try {
            readUntilClosed(open(), position);
        } catch (InterruptedException
                | InterruptException
                | WakeupException
                | RegistryPatience.ClosedWhileWaitingException e) {
            if (!closing) {
                failure = new KafkaException("The reader of the training log was interrupted", e);
            }
        } catch (UnreadableLogException | StartupException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new UnreadableLogException("Reading " + partition + " failed: " + e.getMessage(), e);
        }
    }

    private void readUntilClosed(KafkaConsumer<byte[], byte[]> consumer, long position) throws InterruptedException {
        try {
            consumer.assign(List.of(partition));
            consumer.seek(partition, position);
            while (!closing) {
                readOnce(consumer);
            }
        } finally {
            consumer.close(
                    CloseOptions.timeout(Duration.ZERO)); // by itself it waits half a minute for a broker that hangs
        }
    }

    /** Brokers whose addresses cannot be resolved yet are waited for. */
    private KafkaConsumer<byte[], byte[]> open() throws InterruptedException {
        while (!closing) {
            try {
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                opened = consumer;
                return consumer;
            } catch (KafkaException e) {
                waitFor("Kafka: " + reason(e));
            }
        }
        throw new WakeupException();
    }

    private static String reason(KafkaException e) {
        return e.getCause() == null
                ? String.valueOf(e.getMessage())
                : String.valueOf(e.getCause().getMessage());
    }

    private void readOnce(KafkaConsumer<byte[], byte[]> consumer) throws InterruptedException {
        try {
            List<ConsumerRecord<byte[], byte[]>> entries = consumer.poll(POLL).records(partition);
            OptionalLong behind = consumer.currentLag(partition);
            if (behind.isPresent()) {
                recovered();
            }
            long waiting = behind.orElse(lag) + entries.size();
            lag = waiting;
            for (ConsumerRecord<byte[], byte[]> entry : entries) {
                enqueue(decode(entry)); // may take minutes, since training takes one after the other
                waiting--;
                lag = waiting;
            }
            commitDurable(consumer);
        } catch (OffsetOutOfRangeException e) {
            throw cut(consumer, e);
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            waitFor("Kafka: " + e.getMessage());
        }
    }

    private StartupException cut(KafkaConsumer<byte[], byte[]> consumer, OffsetOutOfRangeException e) {
        return new StartupException(
                "The training log " + partition + " no longer holds offset "
                        + e.offsetOutOfRangePartitions().get(partition)
                        + ", the next one to train: retention has cut it, it begins at offset "
                        + consumer.beginningOffsets(List.of(partition)).get(partition)
                        + ". Restore the log or a checkpoint of that position or a later one, or start over from an empty"
                        + " checkpoint directory under another model name",
                e);
    }

    /** Waits for room; what finds none before the close is read again by the next start. */
    private void enqueue(PreparedBatch batch) throws InterruptedException {
        boolean taken = false;
        while (!taken && !closing) {
            taken = ready.offer(batch, POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private PreparedBatch decode(ConsumerRecord<byte[], byte[]> entry) {
        try {
            TrainingBatch batch = decoder.decode(entry.value());
            return new PreparedBatch(
                    entry.offset(), batch.getSamples().stream().map(prepare).toList());
        } catch (KafkaException e) {
            throw new UnreadableLogException(
                    "Offset " + entry.offset() + " of " + partition
                            + " is not a TrainingBatch; only the batch former may write to this topic",
                    e);
        }
    }

    private void commitDurable(KafkaConsumer<byte[], byte[]> consumer) {
        long position = durable.getAndSet(NOTHING);
        if (position != NOTHING) {
            consumer.commitAsync(Map.of(partition, new OffsetAndMetadata(position)), (offsets, e) -> {
                if (e != null) {
                    log.debug("Position for lag monitors was not stored position={}", position, e);
                }
            });
        }
    }

    private void waitFor(String what) throws InterruptedException {
        if (!what.equals(trouble)) {
            log.warn("Training waits for {}", what);
        }
        trouble = what;
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    }

    private void recovered() {
        trouble = null;
    }
}
