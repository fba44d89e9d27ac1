package dev.millrace.inference.listen;

import static dev.millrace.inference.listen.FakeTopics.PROMOTIONS;
import static dev.millrace.inference.listen.FakeTopics.SNAPSHOTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.inference.load.TinySnapshot;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listener against Kafka's own consumer without a broker. */
class PromotionListenerTest {
    private final AvroSerdes serdes = new AvroSerdes("mock://promotion-listener-test");
    private final FakeTopics topics = new FakeTopics(serdes);
    private final BlockingQueue<Wanted> told = new LinkedBlockingQueue<>();
    private final PromotionListener listener =
            new PromotionListener(FakeTopics.TOPICS, serdes, "tiny", topics::consumer, told::add);

    @TempDir
    Path directory;

    private SnapshotManifest first;
    private SnapshotManifest second;

    @BeforeEach
    void makeManifests() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        first = TinySnapshot.store(store, 10, "cat");
        second = TinySnapshot.store(store, 20, "cat", "dog");
    }

    @AfterEach
    void stop() {
        listener.close();
    }

    @Test
    void wantsTheBaseModelWhenNothingWasPromoted() throws Exception {
        listener.start();

        assertThat(next().version()).isZero();
        awaitPhase(ListenState.Phase.FOLLOWING);
    }

    @Test
    void tellsTheLastPromotionOnlyWithItsManifest() throws Exception {
        topics.add(SNAPSHOTS, "tiny:10", first);
        topics.add(PROMOTIONS, "tiny", promotion(10));
        topics.add(SNAPSHOTS, "tiny:20", second);
        topics.add(PROMOTIONS, "tiny", promotion(20));
        topics.add(PROMOTIONS, "other model", promotion(99));

        listener.start();

        Wanted wanted = next();
        assertThat(wanted.version()).isEqualTo(20);
        assertThat(wanted.manifest()).contains(second);
        assertThat(told).isEmpty();
    }

    @Test
    void tellsEachLaterPromotionAndARollback() throws Exception {
        listener.start();
        assertThat(next().version()).isZero();

        topics.add(SNAPSHOTS, "tiny:10", first);
        topics.add(PROMOTIONS, "tiny", promotion(10));
        assertThat(next().manifest()).contains(first);

        topics.add(SNAPSHOTS, "tiny:20", second);
        topics.add(PROMOTIONS, "tiny", promotion(20));
        assertThat(next().manifest()).contains(second);

        topics.add(PROMOTIONS, "tiny", promotion(10));
        assertThat(next().manifest()).contains(first);

        topics.add(PROMOTIONS, "tiny", promotion(0));
        assertThat(next()).isEqualTo(new Wanted(0, java.util.Optional.empty()));
    }

    @Test
    void tellsAMissingManifestAndThenItsArrival() throws Exception {
        topics.add(PROMOTIONS, "tiny", promotion(10));
        listener.start();
        assertThat(next()).isEqualTo(new Wanted(10, java.util.Optional.empty()));

        topics.add(SNAPSHOTS, "tiny:10", first);

        assertThat(next().manifest()).contains(first);
    }

    @Test
    void aWithdrawnPromotionMeansTheBaseModel() throws Exception {
        topics.add(SNAPSHOTS, "tiny:10", first);
        topics.add(PROMOTIONS, "tiny", promotion(10));
        listener.start();
        assertThat(next().version()).isEqualTo(10);

        topics.addBytes(PROMOTIONS, "tiny".getBytes(StandardCharsets.UTF_8), null);

        assertThat(next().version()).isZero();
    }

    @Test
    void strangeRecordsChangeNothing() throws Exception {
        byte[] key = "tiny".getBytes(StandardCharsets.UTF_8);
        topics.add(SNAPSHOTS, "tiny:10", first);
        topics.add(PROMOTIONS, "tiny", promotion(10));
        topics.addBytes(SNAPSHOTS, null, new byte[3]);
        topics.addBytes(SNAPSHOTS, "tiny:not a number".getBytes(StandardCharsets.UTF_8), new byte[3]);
        topics.addBytes(SNAPSHOTS, "tiny:".getBytes(StandardCharsets.UTF_8), new byte[0]);
        listener.start();
        assertThat(next().version()).isEqualTo(10);

        topics.addBytes(PROMOTIONS, key, new byte[] {1, 2, 3});
        topics.addBytes(PROMOTIONS, key, new byte[0]);
        topics.addBytes(PROMOTIONS, key, cut(topics.bytes(PROMOTIONS, promotion(20))));
        topics.add(PROMOTIONS, "tiny", promotion(10));

        assertThat(next().version()).isEqualTo(10);
        assertThat(listener.state().phase()).isEqualTo(ListenState.Phase.FOLLOWING);
    }

    @Test
    void waitsForTopicsAndSaysSo() throws Exception {
        topics.exist = false;
        listener.start();
        awaitPhase(ListenState.Phase.TOPICS_MISSING);
        assertThat(listener.state().detail()).contains("test.promotions").contains("test.snapshots");

        topics.exist = true;

        assertThat(next().version()).isZero();
        awaitPhase(ListenState.Phase.FOLLOWING);
    }

    @Test
    void survivesABrokerThatGoesAwayAndTellsNothingTwice() throws Exception {
        topics.add(SNAPSHOTS, "tiny:10", first);
        topics.add(PROMOTIONS, "tiny", promotion(10));
        listener.start();
        assertThat(next().version()).isEqualTo(10);

        topics.away = true;
        awaitPhase(ListenState.Phase.KAFKA_UNAVAILABLE);
        assertThat(listener.state().detail()).contains("broker is away");
        topics.add(SNAPSHOTS, "tiny:20", second);
        topics.add(PROMOTIONS, "tiny", promotion(20));
        topics.away = false;

        assertThat(next().version()).isEqualTo(20);
        awaitPhase(ListenState.Phase.FOLLOWING);
        assertThat(told).isEmpty();
    }

    @Test
    void aRegistryThatIsAwayIsWaitedFor() throws Exception {
        AvroSerdes nobody = new AvroSerdes("http://127.0.0.1:1");
        topics.add(PROMOTIONS, "tiny", promotion(0));
        try (PromotionListener waiting =
                new PromotionListener(FakeTopics.TOPICS, nobody, "tiny", topics::consumer, told::add)) {
            waiting.start();

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> waiting.state().phase() == ListenState.Phase.REGISTRY_UNAVAILABLE);
            assertThat(waiting.state().detail()).contains("test.promotions");
            assertThat(told).isEmpty();
        }
    }

    @Test
    void stopsWhileTheBrokerIsAway() {
        topics.away = true;
        listener.start();
        awaitPhase(ListenState.Phase.KAFKA_UNAVAILABLE);

        listener.close();

        assertThat(listener.state().phase()).isEqualTo(ListenState.Phase.STOPPED);
    }

    private Wanted next() throws InterruptedException {
        Wanted wanted = told.poll(30, TimeUnit.SECONDS);
        assertThat(wanted).as("something is told; state %s", listener.state()).isNotNull();
        return wanted;
    }

    private void awaitPhase(ListenState.Phase phase) {
        await().atMost(Duration.ofSeconds(30)).until(() -> listener.state().phase() == phase);
    }

    private static Promotion promotion(long version) {
        return new Promotion("tiny", version, 0L, PromotedBy.GATE, false, "test", Instant.EPOCH);
    }

    private static byte[] cut(byte[] bytes) {
        return java.util.Arrays.copyOf(bytes, bytes.length - 4);
    }
}
