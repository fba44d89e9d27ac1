package dev.millrace.trainer.ingest;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/**
 * The schema registry, as a stream thread uses it: whatever needs it waits while it cannot answer. Thread-safe. Closed by
 * the one who opened it; that ends every wait with {@link RegistryPatience.ClosedWhileWaitingException}.
 */
public final class RegistryAccess implements AutoCloseable {
    private static final int REMEMBERED_SCHEMAS = 1_000;
    private static final String TIMEOUT_MILLIS = "10000";

    private final RegistryPatience patience = new RegistryPatience();
    private final SchemaRegistryClient client;
    private final AvroSerdes serdes;

    private RegistryAccess(SchemaRegistryClient client, AvroSerdes serdes) {
        this.client = client;
        this.serdes = serdes;
    }

    /** Connects to nothing yet. Addresses of the form {@code mock://scope} work. */
    public static RegistryAccess open(KafkaConfig kafka) {
        Map<String, String> properties = new HashMap<>();
        properties.put(SchemaRegistryClientConfig.HTTP_CONNECT_TIMEOUT_MS, TIMEOUT_MILLIS);
        properties.put(SchemaRegistryClientConfig.HTTP_READ_TIMEOUT_MS, TIMEOUT_MILLIS);
        kafka.registryProperties().forEach((name, value) -> {
            properties.put(name, value);
            // The client reads its TLS settings under this prefix and all others without it.
            properties.put(SchemaRegistryClientConfig.CLIENT_NAMESPACE + name, value);
        });
        SchemaRegistryClient client = SchemaRegistryClientFactory.newClient(
                List.of(kafka.registryUrl().split(",")),
                REMEMBERED_SCHEMAS,
                List.copyOf(StrictSchemaProvider.all()),
                properties,
                Map.of());
        return new RegistryAccess(client, new AvroSerdes(kafka));
    }

    /** A new decoder, to be owned by one thread. */
    public SampleDecoder decoder(IngestConfig config, InputRule input, InstantSource clock) {
        return new SampleDecoder(client, patience, new SampleRules(config, input), clock);
    }

    /** A new codec for records of the topic. Copies in internal topics and stores may use it too, as one subject for all. */
    public <T extends SpecificRecord> RecordCodec<T> codec(Class<T> type, String topic) {
        return new RecordCodec<>(new RecordCodec.Kind<>(serdes.serde(type), type, topic), client, patience);
    }

    /** Why some thread waits for the registry at this moment, or empty when none does. */
    public Optional<String> waitingFor() {
        return patience.waitingFor();
    }

    @Override
    public void close() {
        patience.close();
    }
}
