package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SeenIdsTest {
    private static final Duration WINDOW = Duration.ofMinutes(10);
    private static final int CHUNK = 64;
    private static final long START = 1_700_000_000_000L;

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private MockProcessorContext<byte[], byte[]> context;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KeyValueStore<byte[], byte[]> store;

    @BeforeEach
    void openStore() {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "ids");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
        context = new MockProcessorContext<>(properties, new TaskId(0, 0), directory.toFile());
        at(START);
        store = Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore("ids"), Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void at(long millis) {
        context.setCurrentStreamTimeMs(millis);
        context.setCurrentSystemTimeMs(millis);
    }

    private SeenIds load(List<SeenId> waiting) {
        return new SeenIds(store, WINDOW, context, CHUNK, waiting);
    }

    /** Over many chunks, restarts and windows, with ids that wait in a batch of four. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void acceptsAnIdOnceWithinTheWindow(long seed) {
        Random random = new Random(seed);
        Map<String, Long> acceptedAt = new HashMap<>();
        List<SeenId> waiting = new ArrayList<>();
        SeenIds ids = load(waiting);
        long now = START;
        int duplicates = 0;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextInt(random.nextInt(500) == 0 ? 600_000 : 300);
            at(now);
            String id = "id" + random.nextInt(3_000);
            long before = acceptedAt.getOrDefault(id, 0L);

            Optional<SeenId> accepted = ids.accept(FormerFixture.hash(id));

            assertThat(accepted.isEmpty()).as("%s at record %d", id, i).isEqualTo(now - before <= WINDOW.toMillis());
            duplicates += accepted.isEmpty() ? 1 : 0;
            if (accepted.isPresent()) {
                acceptedAt.put(id, now);
                waiting.add(accepted.get());
            }
            if (waiting.size() == 4) {
                ids.keep(waiting);
                waiting = new ArrayList<>();
            }
            if (random.nextInt(300) == 0) {
                ids = load(waiting);
            }
        }
        assertThat(duplicates).isBetween(2_000, 18_000);
    }

    @Test
    void forgetsWhatWasRolledBack() {
        SeenIds ids = load(List.of());
        IdHash kept = FormerFixture.hash("kept");
        ids.keep(List.of(ids.accept(kept).orElseThrow()));
        ids.accept(FormerFixture.hash("rolled back"));

        SeenIds again = load(List.of());

        assertThat(again.accept(kept)).isEmpty();
        assertThat(again.accept(FormerFixture.hash("rolled back"))).isPresent();
    }

    @Test
    void doesNotGoBackInTimeWithARestart() {
        SeenIds ids = load(List.of());
        IdHash id = FormerFixture.hash("a");
        ids.keep(List.of(ids.accept(id).orElseThrow()));
        at(0); // what Streams says before the first record

        assertThat(load(List.of()).accept(id)).isEmpty();
    }

    @Test
    void keepsNoMoreOnDiskThanTheWindowHas() {
        SeenIds ids = load(List.of());
        for (int i = 0; i < 50 * CHUNK; i++) {
            at(START + i * 1_000L); // 600 in a window
            ids.keep(List.of(ids.accept(FormerFixture.hash("id" + i)).orElseThrow()));
        }

        int stored = 0;
        for (IdRecords.Found block : new IdRecords(store, IdRecords.Kind.BLOCK).all()) {
            stored += block.value().length / SeenId.BYTES;
        }
        assertThat(stored).isBetween(600 - CHUNK, 600 + CHUNK);
        assertThat(new IdRecords(store, IdRecords.Kind.PAGE).all()).hasSizeLessThan(3);
    }

    @Test
    void rarelyLooksOnDiskForANewId() {
        IdFilter filter = new IdFilter(SeenIds.CHUNK);
        for (int i = 0; i < SeenIds.CHUNK; i++) {
            IdHash id = FormerFixture.hash("in" + i);
            filter.add(new SeenId(id.high(), id.low(), 0));
            assertThat(filter.mayHave(id)).isTrue();
        }

        int wrong = 0;
        for (int i = 0; i < 100_000; i++) {
            wrong += filter.mayHave(FormerFixture.hash("out" + i)) ? 1 : 0;
        }

        assertThat(wrong).isLessThan(150); // 60 expected
    }
}
