package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.judge.HoldoutSource;
import dev.millrace.trainer.judge.Judge;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.PreparedSample;
import dev.millrace.trainer.learn.TrainingLog;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotRecipe;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the trainer thread hands to the publisher, and what a start without anything new in the log makes of it. */
class TrainerLoopTest {
    private static final Instant FIRST_START = Instant.parse("2026-01-02T03:04:05Z");
    private static final Instant SECOND_START = FIRST_START.plusSeconds(3600);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String AT_ONCE = "1ms";
    private static final String NOT_IN_THIS_TEST = "10h";
    private static final int NOTHING_NEW = 0;
    private static final int SAMPLES = 8;
    private static final int FURTHER_TURNS = 3;

    private final FakeVersions versions = new FakeVersions();

    private String checkpoints = "checkpoints";

    @TempDir
    Path directory;

    @Test
    void aStartWithoutNewEntriesPublishesNothingBeforeTheTime() throws Exception {
        train();

        run(SECOND_START, NOT_IN_THIS_TEST, NOTHING_NEW, () -> true);

        assertThat(versions.reads()).isZero();
        assertThat(versions.published()).isEmpty();
        assertThat(versions.reports()).isEmpty();
    }

    @Test
    void publishesOnceAfterTheTimeWhatWasTrainedBeforeTheStart() throws Exception {
        train();

        run(SECOND_START, AT_ONCE, NOTHING_NEW, () -> !versions.reports().isEmpty());

        assertThat(versions.published())
                .extracting(SnapshotManifest::getCreatedAt)
                .containsExactly(SECOND_START);
        assertThat(versions.reports()).extracting(EvaluationReport::getVersion).containsExactly(1L);
    }

    @Test
    void aListedVersionWithoutVerdictIsJudgedOnceAndKeepsItsManifest() throws Exception {
        run(FIRST_START, AT_ONCE, SAMPLES, () -> !versions.reports().isEmpty());
        SnapshotManifest original = versions.published().get(0);
        versions.forgetVerdicts();

        run(SECOND_START, AT_ONCE, NOTHING_NEW, () -> !versions.reports().isEmpty());

        assertThat(original.getMetrics()).containsKeys("loss", "gradientNorm");
        assertThat(versions.published()).containsExactly(original);
        assertThat(versions.reports()).extracting(EvaluationReport::getVersion).containsExactly(1L);
        assertThat(versions.reports().get(0).getMetrics()).isEqualTo(original.getMetrics());
    }

    @Test
    void aVersionWithItsVerdictIsLeftAloneAndSoIsAnOperatorsChoice() throws Exception {
        run(FIRST_START, AT_ONCE, SAMPLES, () -> !versions.reports().isEmpty());
        List<SnapshotManifest> published = versions.published();
        List<EvaluationReport> reports = versions.reports();
        versions.promoteByOperator(0);
        int reads = versions.reads();

        run(SECOND_START, AT_ONCE, NOTHING_NEW, () -> versions.reads() > reads);

        assertThat(versions.published()).isEqualTo(published);
        assertThat(versions.reports()).isEqualTo(reports);
        assertThat(versions.promotion().map(Promotion::getBy)).contains(PromotedBy.OPERATOR);
    }

    @Test
    void otherWeightsOfTheSameVersionArePublishedAndJudged() throws Exception {
        run(FIRST_START, AT_ONCE, SAMPLES, () -> !versions.reports().isEmpty());
        versions.promoteByOperator(0);
        checkpoints = "none, so training begins anew";

        run(SECOND_START, AT_ONCE, SAMPLES / 2, () -> versions.reports().size() > 1);

        assertThat(versions.published())
                .extracting(SnapshotManifest::getVersion, SnapshotManifest::getCreatedAt)
                .containsExactly(tuple(1L, FIRST_START), tuple(1L, SECOND_START));
        assertThat(versions.reports())
                .extracting(EvaluationReport::getVersion, EvaluationReport::getAt)
                .containsExactly(tuple(1L, FIRST_START), tuple(1L, SECOND_START));
    }

    /** Leaves a checkpoint of version 1 that nobody was told of. */
    private void train() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory));
                LearnerParts parts =
                        LearnerParts.restore(config(NOT_IN_THIS_TEST), files, InstantSource.fixed(FIRST_START))) {
            parts.policy().enterThread();
            log(files, SAMPLES).forEach(parts.learner()::apply);
            parts.checkpoints().writeNow(parts.learner());
        }
    }

    /**
     * One process: turns of the loop until it is so, and a few more.
     *
     * @param samples in the one entry of the log; 0: no entry
     */
    private void run(Instant at, String every, int samples, Callable<Boolean> isSo) throws Exception {
        InstantSource clock = InstantSource.fixed(at);
        TrainerConfig config = config(every);
        try (EncoderFiles files = EncoderFiles.read(NumberEncoders.features(directory));
                LearnerParts parts = LearnerParts.restore(config, files, clock);
                SnapshotPublisher publisher = new SnapshotPublisher(publishing(files, config, clock), clock)) {
            parts.policy().enterThread();
            publisher.start();
            TrainerLoop loop = new TrainerLoop(parts, new FakeLog(log(files, samples)), publisher, config.snapshot());
            await().atMost(PATIENCE).pollInSameThread().until(() -> {
                loop.step();
                return isSo.call();
            });
            for (int turn = 0; turn < FURTHER_TURNS; turn++) {
                await().atMost(PATIENCE).until(publisher::idle);
                loop.step();
            }
            await().atMost(PATIENCE).until(publisher::idle);
            assertThat(publisher.failure()).isEmpty();
            assertThat(publisher.trouble()).isEmpty();
            parts.checkpoints().writeNow(parts.learner());
        }
    }

    private SnapshotPublisher.Parts publishing(EncoderFiles files, TrainerConfig config, InstantSource clock) {
        FileSnapshotStore store = new FileSnapshotStore(directory.resolve("store"));
        SnapshotRecipe recipe = new SnapshotRecipe("tiny", "STABLE", config.weightSettings(), 1, "type", "cpu", 16);
        SnapshotBuilder builder = new SnapshotBuilder(store, files.pooled(), files.preprocessing(), recipe);
        return new SnapshotPublisher.Parts(
                builder,
                new Judge(builder, new FakeHoldout(), config.judge(), config.gate(), clock),
                versions,
                versions,
                new Retention(store, versions, "tiny", config.snapshot().keep()));
    }

    private TrainerConfig config(String every) {
        return Configs.of(
                directory.resolve(checkpoints),
                List.of("POLICY__FREEZE=[]", "SNAPSHOT__EVERY_STEPS=1"),
                "SNAPSHOT__EVERY=" + every);
    }

    private static List<PreparedBatch> log(EncoderFiles files, int samples) {
        List<PreparedSample> entry = IntStream.range(0, samples)
                .mapToObj(number -> LearnerParts.prepare(files, InputKindsTest.features(number)))
                .toList();
        return entry.isEmpty() ? List.of() : List.of(new PreparedBatch(0, entry));
    }

    /** What is in it, and nothing more ever. */
    private static final class FakeLog implements TrainingLog {
        private final Queue<PreparedBatch> entries;

        FakeLog(List<PreparedBatch> entries) {
            this.entries = new ArrayDeque<>(entries);
        }

        @Override
        public Optional<PreparedBatch> poll(Duration wait) {
            return Optional.ofNullable(entries.poll());
        }

        @Override
        public long lag() {
            return entries.size();
        }

        @Override
        public void reportDurable(long position) {}

        @Override
        public Optional<String> trouble() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    /** Samples that were not trained on. */
    private static final class FakeHoldout implements HoldoutSource {
        @Override
        public List<AcceptedSample> newest() {
            return IntStream.range(1_000, 1_060)
                    .mapToObj(InputKindsTest::features)
                    .toList();
        }

        @Override
        public void close() {}
    }
}
