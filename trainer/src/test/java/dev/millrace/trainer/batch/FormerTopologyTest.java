package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.BatchClosedBy;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.ingest.Samples;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FormerTopologyTest {
    private static final Instant NOW = FormerFixture.START;

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // started by each test
    private FormerFixture former;

    @AfterEach
    void closeDriver() {
        former.close();
    }

    private void start(FormerSpec spec) {
        former = new FormerFixture(spec, FormerStores.inMemoryAndOnDisk(), NOW);
    }

    private static LabelledSample sample(String id) {
        return Samples.text(id, "cat", "text of " + id);
    }

    private static List<String> ids(TrainingBatch batch) {
        return batch.getSamples().stream().map(AcceptedSample::getId).toList();
    }

    /** The counts after the open batch was closed. */
    private IngestCounts settledCounts() {
        former.advance(Duration.ofSeconds(1));
        return former.counts();
    }

    @Test
    void closesABatchWhenItIsFull() {
        start(FormerFixture.spec(directory));

        List.of("a", "b", "c", "d", "e").forEach(id -> former.send(sample(id), NOW));

        var records = former.batchRecords();
        assertThat(records).hasSize(1);
        assertThat(records.get(0).key()).isEqualTo(FormerFixture.MODEL);
        TrainingBatch batch = records.get(0).value();
        assertThat(ids(batch)).containsExactly("a", "b", "c", "d");
        assertThat(batch.getClosedBy()).isEqualTo(BatchClosedBy.SIZE);
        assertThat(batch.getModel()).isEqualTo(FormerFixture.MODEL);
        assertThat(batch.getFormedAt()).isEqualTo(NOW);
        assertThat(former.counts()).isEqualTo(new IngestCounts(4, 0, 0, Map.of(), 1));
    }

    @Test
    void closesABatchWhenItsOldestSampleHasWaited() {
        start(FormerFixture.spec(directory));
        former.send(sample("a"), NOW);
        former.advance(Duration.ofMillis(600));
        former.send(sample("b"), NOW);
        former.advance(Duration.ofMillis(399));
        assertThat(former.batches()).isEmpty();

        former.advance(Duration.ofMillis(1));

        List<TrainingBatch> batches = former.batches();
        assertThat(batches).hasSize(1);
        assertThat(ids(batches.get(0))).containsExactly("a", "b");
        assertThat(batches.get(0).getClosedBy()).isEqualTo(BatchClosedBy.TIME);
        assertThat(batches.get(0).getFormedAt()).isEqualTo(NOW.plusSeconds(1));
    }

    @Test
    void countsTheWaitOfEachBatchFromItsOwnFirstSample() {
        start(FormerFixture.spec(directory));
        List.of("a", "b", "c", "d").forEach(id -> former.send(sample(id), NOW));
        former.advance(Duration.ofMillis(900));
        former.send(sample("e"), NOW);
        assertThat(former.batches()).hasSize(1);

        former.advance(Duration.ofMillis(999));
        assertThat(former.batches()).isEmpty();
        former.advance(Duration.ofMillis(1));
        assertThat(former.batches())
                .singleElement()
                .satisfies(batch -> assertThat(ids(batch)).containsExactly("e"));
        former.advance(Duration.ofMinutes(5));
        assertThat(former.batches()).isEmpty();
    }

    @Test
    void closesABatchBeforeItGrowsTooLarge() {
        FormerSpec spec = FormerFixture.spec(directory, 1000, 0);
        start(spec);

        IntStream.range(0, 100).forEach(i -> former.send(Samples.text("id" + i, "cat", "x".repeat(700)), NOW));

        var records = former.batchRecords();
        assertThat(records).hasSizeGreaterThan(5);
        assertThat(records).allSatisfy(record -> {
            assertThat(record.value().getClosedBy()).isEqualTo(BatchClosedBy.BYTES);
            int bytes = 5 + encodedSize(record.value());
            assertThat(bytes).isBetween(9_000, spec.batch().maxBytes());
        });
    }

    private static int encodedSize(TrainingBatch batch) {
        try {
            ByteBuffer encoded = TrainingBatch.getEncoder().encode(batch);
            return encoded.remaining() - 10; // without the header of this other format
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void trainsAnIdOnceWithinTheWindow() {
        start(FormerFixture.spec(directory));
        Duration window = Duration.ofHours(1);
        former.advance(window.multipliedBy(5));

        former.send(sample("a"), NOW);
        former.send(sample("a"), NOW);
        former.send(sample("a"), NOW.plus(window));
        former.send(sample("a"), NOW.plus(window).plusMillis(1));
        former.send(sample("a"), NOW.plus(window).plusMillis(2));
        former.send(sample("A"), NOW);

        assertThat(settledCounts()).isEqualTo(new IngestCounts(3, 0, 3, Map.of(), 1));
    }

    @Test
    void judgesALateRecordAsOfNow() {
        start(FormerFixture.spec(directory));
        Instant longAgo = NOW.minus(Duration.ofDays(400));

        former.send(sample("now"), NOW);
        former.send(sample("late"), longAgo);
        former.send(sample("late"), longAgo.plusSeconds(1));
        former.send(sample("late"), NOW);

        assertThat(settledCounts()).isEqualTo(new IngestCounts(2, 0, 2, Map.of(), 1));
    }

    @Test
    void isNotConfusedByATimestampFarAhead() {
        start(FormerFixture.spec(directory));

        former.send(sample("a"), NOW);
        former.send(sample("ahead"), NOW.plus(Duration.ofDays(10_000)));
        former.send(sample("a"), NOW.plusSeconds(1));
        former.send(sample("ahead"), NOW.plusSeconds(2));

        assertThat(settledCounts()).isEqualTo(new IngestCounts(2, 0, 2, Map.of(), 1));
    }

    @Test
    void sendsHeldOutIdsToTheHoldoutAndNowhereElse() {
        start(FormerFixture.spec(directory, 1, 0.3));
        HoldoutSplit split = new HoldoutSplit(0.3);

        IntStream.range(0, 200).forEach(i -> former.send(sample("id" + i), NOW));

        var heldOut = former.holdout();
        assertThat(heldOut).hasSizeBetween(40, 80);
        assertThat(heldOut).allSatisfy(record -> {
            assertThat(record.key()).isEqualTo(record.value().getId());
            assertThat(split.isHeldOut(FormerFixture.hash(record.key()))).isTrue();
            assertThat(record.value().getReceivedAt()).isEqualTo(NOW);
        });
        assertThat(former.batches())
                .hasSize(200 - heldOut.size())
                .allSatisfy(batch -> assertThat(
                                split.isHeldOut(FormerFixture.hash(ids(batch).get(0))))
                        .isFalse());
        assertThat(former.counts().holdout()).isEqualTo(heldOut.size());
        assertThat(former.counts().records()).isEqualTo(200);
    }

    @Test
    void bringsAnIdHomeWithItsSourcePositionIntact() {
        FormerSpec one = FormerFixture.spec(directory);
        FormerSpec four =
                new FormerSpec(one.model(), one.topics(), one.ingest(), one.batch(), 4, one.deadLetterMaxBytes());
        HomePartition home = new HomePartition(4);
        List<String> strangers = IntStream.range(0, 100)
                .mapToObj(i -> "id" + i)
                .filter(id -> home.of(id.getBytes(StandardCharsets.UTF_8)) != 0)
                .limit(4)
                .toList();
        start(four);

        strangers.forEach(id -> former.send(sample(id), NOW.minusSeconds(3)));
        strangers.forEach(id -> former.send(sample(id), NOW));

        assertThat(former.batches()).singleElement().satisfies(batch -> {
            assertThat(ids(batch)).isEqualTo(strangers);
            assertThat(batch.getSamples())
                    .extracting(AcceptedSample::getSourceOffset)
                    .containsExactly(0L, 1L, 2L, 3L);
            assertThat(batch.getSamples())
                    .extracting(AcceptedSample::getReceivedAt)
                    .containsOnly(NOW.minusSeconds(3));
        });
        assertThat(former.counts()).isEqualTo(new IngestCounts(4, 0, 4, Map.of(), 1));
        assertThat(former.writtenTopics()).contains("former-cats-by-id-repartition");
    }

    @Test
    void takesNoHopOnTheRightPartition() {
        start(FormerFixture.spec(directory));

        former.send(sample("a"), NOW);

        assertThat(former.writtenTopics()).doesNotContain("former-cats-by-id-repartition");
    }

    @Test
    void datesItsOutputByTheClockSoThatOldSamplesDoNotExpireTheLog() {
        start(FormerFixture.spec(directory, 1, 0.3));
        Instant longAgo = NOW.minus(Duration.ofDays(3000));

        IntStream.range(0, 20).forEach(i -> former.send(sample("id" + i), longAgo));
        former.sendRaw(null, null, longAgo);

        assertThat(former.batchRecords())
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.getRecordTime()).isEqualTo(NOW));
        assertThat(former.holdout())
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.getRecordTime()).isEqualTo(NOW));
        assertThat(former.deadLetters())
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.getRecordTime()).isEqualTo(NOW));
    }

    @Test
    void writesOnlyToTopicsOfTheContract() {
        start(FormerFixture.spec(directory, 1, 0.3));

        IntStream.range(0, 20).forEach(i -> former.send(sample("id" + i), NOW));
        former.sendRaw(null, null, NOW);

        assertThat(former.writtenTopics())
                .isEqualTo(Set.of(
                        "batches",
                        "holdout",
                        "dead-letters",
                        "former-cats-tally-changelog",
                        "former-cats-open-batch-changelog",
                        "former-cats-open-ids-changelog"));
    }
}
