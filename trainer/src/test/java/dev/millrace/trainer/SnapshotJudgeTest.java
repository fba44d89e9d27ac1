package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.Sha256;
import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.GateRule;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.RuleResult;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import dev.millrace.trainer.judge.HoldoutSource;
import dev.millrace.trainer.judge.Judge;
import dev.millrace.trainer.judge.Judgement;
import dev.millrace.trainer.snapshot.ParityProof;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import dev.millrace.trainer.snapshot.SnapshotRecipe;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained encoder becomes a version: its bytes are proven, judged and can be read back. */
class SnapshotJudgeTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    @TempDir
    Path directory;

    @Test
    void provesJudgesAndReadsBackAVersion() throws Exception {
        TrainerConfig config = config();
        try (EncoderFiles files = EncoderFiles.read(Encoders.miniLm());
                LearnerParts parts = LearnerParts.restore(config, files, CLOCK)) {
            SnapshotBuilder builder = builder(files);
            Judge judge = new Judge(builder, new FakeHoldout(), config.judge(), config.gate(), CLOCK);
            parts.policy().enterThread();
            Encoders.batches(files, 6, 4).forEach(parts.learner()::apply);
            SnapshotCapturer capturer = new SnapshotCapturer(parts.policy());
            SnapshotCapture capture = capturer.capture(parts.learner());
            SnapshotManifest manifest = builder.build(capture, 0, Instant.EPOCH);

            Judgement judgement;
            float[][] fromCapture;
            try (OrtEncoder challenger = builder.open(capture)) {
                ParityProof proof = ParityProof.of(challenger, capture);
                assertThat(proof.difference()).isBetween(0.0, 1e-4);
                assertThat(judge.mayPublish(proof)).isTrue();
                fromCapture = challenger.encode(capture.probe().inputs()).embeddings();
                Judge.Candidate candidate = new Judge.Candidate(manifest, proof, capture.gallery());
                anOperatorWhoPinsDuringTheVerdictHasTheLastWord(judge, candidate, challenger);
                judgement = judge.judge(candidate, challenger, () -> new Judge.Standing(0, false, Optional.empty()));
            }

            assertThat(manifest.getVersion()).isEqualTo(11);
            assertThat(manifest.getOutputSet()).containsExactly("animal", "tool");
            assertThat(judgement.report().getVerdict()).isEqualTo(GateVerdict.PROMOTE);
            assertThat(judgement.promotion().map(Promotion::getVersion)).contains(11L);
            assertThat(judgement.report().getScores())
                    .allSatisfy(score -> assertThat(score.getKnn()).isBetween(0.0, 1.0));
            try (OrtEncoder readBack = builder.open(manifest)) {
                Encoded encoded = readBack.encode(capture.probe().inputs());
                assertThat(encoded.embeddings()).isDeepEqualTo(fromCapture);
            }
            laterVersionsShareFrozenTensors(files, parts, capturer, builder, manifest);
        }
    }

    private static void anOperatorWhoPinsDuringTheVerdictHasTheLastWord(
            Judge judge, Judge.Candidate candidate, OrtEncoder challenger) throws Exception {
        AtomicInteger asked = new AtomicInteger();

        Judgement judgement = judge.judge(
                candidate, challenger, () -> new Judge.Standing(0, asked.getAndIncrement() > 0, Optional.empty()));

        assertThat(asked).hasValue(3);
        assertThat(judgement.promotion()).isEmpty();
        assertThat(judgement.report().getRules())
                .filteredOn(rule -> !rule.getPassed())
                .extracting(RuleResult::getRule)
                .containsExactly(GateRule.NOT_PINNED);
    }

    private static void laterVersionsShareFrozenTensors(
            EncoderFiles files,
            LearnerParts parts,
            SnapshotCapturer capturer,
            SnapshotBuilder builder,
            SnapshotManifest first)
            throws Exception {
        parts.learner().apply(Encoders.batches(files, 7, 4).get(6));
        SnapshotManifest second = builder.build(capturer.capture(parts.learner()), 11, Instant.EPOCH);

        Set<String> shared = new HashSet<>(hashes(first));
        shared.retainAll(hashes(second));
        assertThat(second.getParent()).isEqualTo(11);
        assertThat(second.getGraphSha256()).isEqualTo(first.getGraphSha256());
        assertThat(shared).contains(tensor(first, "embeddings.word_embeddings.weight"));
        assertThat(tensor(second, "millrace.head.weight")).isNotEqualTo(tensor(first, "millrace.head.weight"));
    }

    @Test
    void adaptersArePublishedAsThePlainGraphWithTheirMatricesChanged() throws Exception {
        String[] lora = {
            "POLICY__LORA__RANK=4",
            "POLICY__LORA__TARGETS=**/query/**,**/value/**",
            "POLICY__ENCODER_LEARNING_RATE=1e-3"
        };
        try (EncoderFiles files = EncoderFiles.read(Encoders.miniLm());
                LearnerParts parts = LearnerParts.restore(config(lora), files, CLOCK)) {
            SnapshotBuilder builder = builder(files);
            parts.policy().enterThread();
            Encoders.batches(files, 6, 4).forEach(parts.learner()::apply);
            SnapshotCapture capture = new SnapshotCapturer(parts.policy()).capture(parts.learner());
            SnapshotManifest manifest = builder.build(capture, 0, Instant.EPOCH);

            try (OrtEncoder served = builder.open(manifest)) {
                assertThat(ParityProof.of(served, capture).difference()).isBetween(0.0, 1e-4);
            }
            List<String> changed = manifest.getTensors().stream()
                    .filter(tensor -> !isOfTheBase(files, tensor))
                    .map(TensorReference::getName)
                    .toList();
            assertThat(changed).hasSize(13).contains("millrace.head.weight");
            assertThat(capture.tensors())
                    .extracting(SnapshotCapture.CapturedTensor::name)
                    .containsExactlyInAnyOrderElementsOf(changed);
        }
    }

    private static boolean isOfTheBase(EncoderFiles files, TensorReference tensor) {
        return files.pooled().floatInitializers().containsKey(tensor.getName())
                && Sha256.of(files.pooled().weight(tensor.getName())).equals(tensor.getSha256());
    }

    @Test
    void announcesNothingWithoutParity() throws Exception {
        try (EncoderFiles files = EncoderFiles.read(Encoders.miniLm());
                LearnerParts parts = LearnerParts.restore(config(), files, CLOCK)) {
            SnapshotBuilder builder = builder(files);
            Judge judge = new Judge(builder, new FakeHoldout(), config().judge(), config().gate(), CLOCK);
            parts.policy().enterThread();
            Encoders.batches(files, 1, 4).forEach(parts.learner()::apply);
            SnapshotCapture capture = new SnapshotCapturer(parts.policy()).capture(parts.learner());
            SnapshotManifest manifest = builder.build(capture, 0, Instant.EPOCH);
            ParityProof apart = new ParityProof(0.5, true);

            Judgement judgement = judge.refuse(
                    new Judge.Candidate(manifest, apart, capture.gallery()),
                    new Judge.Standing(0, false, Optional.empty()));

            assertThat(judge.mayPublish(apart)).isFalse();
            assertThat(judge.mayPublish(new ParityProof(Double.NaN, true))).isFalse();
            assertThat(judgement.promotion()).isEmpty();
            assertThat(judgement.failedRules()).containsExactly(GateRule.PARITY);
        }
    }

    private static List<String> hashes(SnapshotManifest manifest) {
        return manifest.getTensors().stream().map(TensorReference::getSha256).toList();
    }

    private static String tensor(SnapshotManifest manifest, String name) {
        return manifest.getTensors().stream()
                .filter(tensor -> tensor.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getSha256();
    }

    private SnapshotBuilder builder(EncoderFiles files) {
        SnapshotRecipe recipe = new SnapshotRecipe("mini", "STABLE", config().weightSettings(), 1, "type", "cpu", 16);
        return new SnapshotBuilder(
                new FileSnapshotStore(directory.resolve("store")), files.pooled(), files.preprocessing(), recipe);
    }

    private TrainerConfig config(String... settings) {
        return Configs.of(directory.resolve("checkpoints"), List.of("REPLAY__PER_BATCH=0"), settings);
    }

    /** Sixty samples that were not trained on. */
    private static final class FakeHoldout implements HoldoutSource {
        @Override
        public List<AcceptedSample> newest() {
            return IntStream.range(1_000, 1_060).mapToObj(Encoders::sample).toList();
        }

        @Override
        public void close() {}
    }
}
