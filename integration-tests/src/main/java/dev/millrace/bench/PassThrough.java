package dev.millrace.bench;

import dev.millrace.contract.KafkaConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The least that Kafka Streams can do under exactly-once: copy each record of the samples topic, unread, to another topic.
 * What the batch former is measured against. Owned by the main thread. Closed by the one who started it.
 */
final class PassThrough implements AutoCloseable {
    private final KafkaStreams streams;

    private PassThrough(KafkaStreams streams) {
        this.streams = streams;
    }

    static PassThrough start(KafkaConfig kafka, String copyTopic, String applicationId, Path stateDirectory) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(kafka.topics().samples(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .to(copyTopic, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        Properties settings = new Properties();
        settings.putAll(Map.of(
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                StreamsConfig.APPLICATION_ID_CONFIG,
                applicationId,
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                StreamsConfig.EXACTLY_ONCE_V2,
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                100,
                StreamsConfig.STATE_DIR_CONFIG,
                stateDirectory.toString(),
                StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG),
                "lz4",
                StreamsConfig.producerPrefix(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION),
                1));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.start();
        return new PassThrough(streams);
    }

    /** Records copied so far. */
    long records() {
        return streams.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("process-total"))
                .filter(metric -> metric.metricName().group().equals("stream-thread-metrics"))
                .map(Metric::metricValue)
                .mapToLong(value -> ((Number) value).longValue())
                .sum();
    }

    @Override
    public void close() {
        streams.close();
    }
}
