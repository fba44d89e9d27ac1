package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.ingest.RegistryAccess;
import dev.millrace.trainer.ingest.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka Streams rolls a task back by closing its processor and giving the same object to {@code init} again; what was
 * scheduled before stays scheduled unless it was cancelled.
 */
final class RolledBackTaskTest {
    @TempDir
    private Path directory;

    private final RegistryAccess registry = RegistryAccess.open(Samples.kafka("mock://rolled-back"));

    @SuppressWarnings("NullAway.Init") // set before each test
    private MockProcessorContext<byte[], byte[]> context;

    @SuppressWarnings("NullAway.Init") // set before each test
    private FormerCodecs codecs;

    @SuppressWarnings("NullAway.Init") // set before each test
    private FreshProcessor processor;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Duration maxWait;

    @BeforeEach
    void startTask() {
        FormerSpec spec = FormerFixture.spec(directory);
        maxWait = spec.batch().maxWait();
        codecs = FormerCodecs.of(registry, spec.topics());
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "former-cats");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
        context = new MockProcessorContext<>(properties, new TaskId(0, 0), directory.toFile());
        context.setCurrentSystemTimeMs(FormerFixture.START.toEpochMilli());
        context.setCurrentStreamTimeMs(FormerFixture.START.toEpochMilli());
        FormerStores stores = FormerStores.inMemoryAndOnDisk();
        List<StateStore> all = List.of(
                stores.tallyStore().withLoggingDisabled().withCachingDisabled().build(),
                stores.openBatchStore().withLoggingDisabled().build(),
                stores.openIdsStore().withLoggingDisabled().build(),
                stores.sealedIdsStore().withLoggingDisabled().build());
        all.forEach(store -> store.init(context.getStateStoreContext(), store));
        processor = new FreshProcessor(task -> new AcceptStep(task, spec, codecs));
        processor.init(context);
    }

    @AfterEach
    void endTask() {
        processor.close();
        for (String store :
                List.of(FormerStores.TALLY, FormerStores.OPEN_BATCH, FormerStores.OPEN_IDS, FormerStores.SEALED_IDS)) {
            context.<StateStore>getStateStore(store).close();
        }
        registry.close();
    }

    @Test
    void closesNoBatchByADeadlineFromBeforeTheRollBack() {
        send("a");
        assertThat(deadlines()).hasSize(1);

        processor.close();
        // Nothing was committed, so nothing is left of it.
        processor.init(context);
        send("b");

        assertThat(deadlines()).hasSize(1);
        passDeadlines();
        assertThat(context.forwarded(FormerTopology.BATCHES_SINK)).hasSize(1);
        KeyValueStore<String, Long> tally = context.getStateStore(FormerStores.TALLY);
        assertThat(tally.get(Tally.ACCEPTED)).isEqualTo(1);
    }

    @Test
    void closesARestoredBatchOnceThoughInitCameWithoutAClose() {
        send("a");
        context.<CommitStore>getStateStore(FormerStores.OPEN_BATCH).flushCache(); // the commit

        processor.init(context);
        passDeadlines();

        KeyValueStore<String, Long> tally = context.getStateStore(FormerStores.TALLY);
        assertThat(context.forwarded(FormerTopology.BATCHES_SINK)).hasSize(1);
        assertThat(tally.get(Tally.ACCEPTED)).isEqualTo(1);
    }

    private void send(String id) {
        AcceptedSample sample =
                new AcceptedSample(id, Instant.EPOCH, Instant.EPOCH, "label", "text", null, null, 0, 5L);
        processor.process(new Record<>(
                id.getBytes(StandardCharsets.UTF_8),
                codecs.samples().encode(sample),
                FormerFixture.START.toEpochMilli()));
    }

    private List<CapturedPunctuator> deadlines() {
        return context.scheduledPunctuators().stream()
                .filter(deadline -> !deadline.cancelled())
                .toList();
    }

    private void passDeadlines() {
        long due = FormerFixture.START.plus(maxWait).toEpochMilli();
        deadlines().forEach(deadline -> deadline.getPunctuator().punctuate(due));
    }
}
