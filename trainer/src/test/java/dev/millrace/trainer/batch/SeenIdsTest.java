package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
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
    private CommitStore open;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KeyValueStore<byte[], byte[]> sealed;

    @BeforeEach
    void openStores() {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "ids");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
        context = new MockProcessorContext<>(properties, new TaskId(0, 0), directory.toFile());
        at(START);
        FormerStores stores = FormerStores.inMemoryAndOnDisk();
        open = stores.openIdsStore().withLoggingDisabled().build();
        sealed = stores.sealedIdsStore().withLoggingDisabled().build();
        open.init(context.getStateStoreContext(), open);
        sealed.init(context.getStateStoreContext(), sealed);
    }

    @AfterEach
    void closeStores() {
        open.close();
        sealed.close();
    }

    private void at(long millis) {
        context.setCurrentStreamTimeMs(millis);
        context.setCurrentSystemTimeMs(millis);
    }

    private SeenIds load() {
        return new SeenIds(new OpenChunk(open, CHUNK), new SealedChunks(sealed), WINDOW, context);
    }

    /** Over many chunks, commits, restarts and windows. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void acceptsAnIdOnceWithinTheWindow(long seed) {
        Random random = new Random(seed);
        Map<String, Long> acceptedAt = new HashMap<>();
        SeenIds ids = load();
        long now = START;
        int duplicates = 0;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextInt(random.nextInt(500) == 0 ? 600_000 : 300);
            at(now);
            String id = "id" + random.nextInt(3_000);
            long before = acceptedAt.getOrDefault(id, 0L);

            boolean isAccepted = ids.accept(FormerFixture.hash(id));

            assertThat(isAccepted).as("%s at record %d", id, i).isEqualTo(now - before > WINDOW.toMillis());
            duplicates += isAccepted ? 0 : 1;
            if (isAccepted) {
                acceptedAt.put(id, now);
            }
            if (random.nextInt(30) == 0) {
                open.flushCache(); // a commit
                ids = random.nextInt(10) == 0 ? load() : ids;
            }
        }
        assertThat(duplicates).isBetween(2_000, 18_000);
    }

    @Test
    void forgetsWhatWasRolledBack() {
        SeenIds ids = load();
        IdHash kept = FormerFixture.hash("kept");
        ids.accept(kept);
        open.flushCache();
        ids.accept(FormerFixture.hash("rolled back"));

        SeenIds again = load();

        assertThat(again.accept(kept)).isFalse();
        assertThat(again.accept(FormerFixture.hash("rolled back"))).isTrue();
    }

    @Test
    void writesNothingWhereNothingCame() {
        SeenIds ids = load();
        IdHash id = FormerFixture.hash("a");
        ids.accept(id);
        open.flushCache();
        byte[] page = open.entries().get(0);

        ids.accept(id);
        open.flushCache();

        assertThat(open.entries().get(0)).isSameAs(page);
    }

    @Test
    void doesNotGoBackInTimeWithARestart() {
        IdHash id = FormerFixture.hash("a");
        load().accept(id);
        open.flushCache();
        at(0); // what Streams says before the first record

        assertThat(load().accept(id)).isFalse();
    }

    @Test
    void keepsNoMoreOnDiskThanTheWindowHas() {
        SeenIds ids = load();
        for (int i = 0; i < 50 * CHUNK; i++) {
            at(START + i * 1_000L); // 600 in a window
            assertThat(ids.accept(FormerFixture.hash("id" + i))).isTrue();
            open.flushCache();
        }

        int stored = 0;
        for (IdRecords.Found block : new IdRecords(sealed, IdRecords.Kind.BLOCK).all()) {
            stored += block.value().length / SeenId.BYTES;
        }
        assertThat(stored).isBetween(600 - CHUNK, 600 + CHUNK);
        assertThat(open.entries().approximateNumEntries()).isLessThan(3);
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

        assertThat(wrong).isLessThan(30); // 7 expected
    }
}
