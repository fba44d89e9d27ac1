package dev.millrace.trainer.batch;

import dev.millrace.contract.KafkaConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Settings of Kafka Streams for the batch former: low latency, little memory, quick recovery. A user's client properties
 * override what is tuned, not what the promise of "exactly once" rests on. Stateless.
 */
final class StreamsSettings {
    /** How long a sample or batch may lie before it is committed and thus visible. */
    private static final int COMMIT_INTERVAL_MILLIS = 100;

    private static final int POLL_MILLIS = 50;
    private static final long CACHE_BYTES = 8L << 20;
    /**
     * Bounds, with what one poll brings (a megabyte a partition and 1,000 records), the memory behind a partition of large
     * records; small ones are as fast with it.
     */
    private static final int BUFFERED_RECORDS = 200;
    /** An instance that died without a word is replaced after this time, unless it comes back first. */
    private static final int SESSION_TIMEOUT_MILLIS = 10_000;

    private StreamsSettings() {}

    static Map<String, Object> of(KafkaConfig kafka, BatchConfig batch, String applicationId, InstanceDirectory home) {
        Map<String, Object> settings = tuned(batch, home);
        settings.putAll(kafka.properties());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, home.streamsDirectory().toString());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, batch.threads());
        settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, batch.groupProtocol().name());
        settings.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
                BatchFormer.DEAD_LETTER_MAX_BYTES);
        return settings;
    }

    private static Map<String, Object> tuned(BatchConfig batch, InstanceDirectory home) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL_MILLIS);
        settings.put(StreamsConfig.POLL_MS_CONFIG, POLL_MILLIS);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, BUFFERED_RECORDS);
        settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        // Both inputs of a task are independent of each other: never hold one back for the other.
        settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        // With more, a batch that overtakes the one that opens a transaction is refused and sent again, with much
        // noise.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION), 1);
        if (batch.groupProtocol() == GroupProtocol.CLASSIC) {
            // With a name of its own a restarted instance takes its partitions back at once.
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), home.instanceId());
            settings.put(
                    StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MILLIS);
        }
        return settings;
    }
}
