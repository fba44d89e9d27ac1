package dev.millrace.trainer.judge;

import dev.millrace.contract.Sha256;
import dev.millrace.contract.VersionCatalog;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.evaluate.EncoderEvaluation;
import dev.millrace.trainer.gate.Challenge;
import dev.millrace.trainer.gate.Gate;
import dev.millrace.trainer.gate.GateConfig;
import dev.millrace.trainer.gate.Verdict;
import dev.millrace.trainer.snapshot.ParityProof;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Compares frozen encoder, champion and challenger on the same samples, all embedded by the serving runtime, and asks the
 * gate. Remembers what the served version makes of the samples until the next verdict. Owned by the publishing thread.
 */
public final class Judge implements AutoCloseable {
    private final SnapshotBuilder snapshots;
    private final HoldoutSource holdout;
    private final JudgeConfig config;
    private final Gate gate;
    private final ReportWriter reports;
    private final double parityLimit;
    private final EncodedSamples frozen = new EncodedSamples(0, List.of());
    private EncodedSamples champion = frozen;

    /** The holdout is closed by the judge, the builder is not. */
    public Judge(
            SnapshotBuilder snapshots,
            HoldoutSource holdout,
            JudgeConfig config,
            GateConfig gateConfig,
            InstantSource clock) {
        this.snapshots = snapshots;
        this.holdout = holdout;
        this.config = config;
        this.gate = new Gate(gateConfig);
        this.parityLimit = gateConfig.parityLimit();
        this.reports = new ReportWriter(clock);
    }

    /**
     * A version that wants to be served.
     *
     * @param manifest its manifest
     * @param proof training runtime against serving runtime
     * @param gallery labelled training samples to choose from
     */
    public record Candidate(SnapshotManifest manifest, ParityProof proof, List<AcceptedSample> gallery) {}

    /**
     * What is served now.
     *
     * @param version 0 is the base model
     * @param pinned an operator wants it kept
     * @param manifest of the version; empty for the base model
     */
    public record Standing(long version, boolean pinned, Optional<SnapshotManifest> manifest) {
        /** Reads it off a catalog that was just refreshed. */
        public static Standing of(VersionCatalog catalog) {
            long version = catalog.promotion().map(Promotion::getVersion).orElse(0L);
            return new Standing(
                    version,
                    catalog.promotion().map(Promotion::getPinned).orElse(false),
                    Optional.ofNullable(catalog.manifests().get(version)));
        }
    }

    /** Whether a version with this proof may be announced at all. */
    public boolean mayPublish(ParityProof proof) {
        return proof.finite() && proof.difference() <= parityLimit;
    }

    /** The verdict on a version that {@link #mayPublish} says no to: nothing is embedded. */
    public Judgement refuse(Candidate candidate, Standing standing) {
        return reports.refused(candidate, standing.version(), parityLimit);
    }

    /**
     * The verdict on a published version.
     *
     * @param challenger session on its bytes; stays open
     * @param standing what is served now
     * @throws IOException when the served version cannot be read from the store
     */
    public Judgement judge(Candidate candidate, OrtEncoder challenger, Standing standing) throws IOException {
        List<AcceptedSample> queries = holdout.newest();
        List<AcceptedSample> gallery = chosen(candidate.gallery());
        List<AcceptedSample> all = new ArrayList<>(queries);
        all.addAll(gallery);
        encodeFrozen(all);
        encodeChampion(standing, all);
        EncodedSamples next = new EncodedSamples(
                candidate.manifest().getVersion(), candidate.manifest().getOutputSet());
        next.encode(next.missing(all), challenger);

        EncoderEvaluation frozenScore = evaluate(frozen, gallery, queries);
        EncoderEvaluation championScore = champion == frozen ? frozenScore : evaluate(champion, gallery, queries);
        Challenge challenge = new Challenge(
                candidate.proof().difference(),
                candidate.proof().finite(),
                standing.pinned(),
                frozenScore,
                championScore,
                evaluate(next, gallery, queries));
        Verdict verdict = gate.judge(challenge);
        if (verdict instanceof Verdict.Promote) {
            champion = next;
        }
        return reports.judged(candidate, standing.version(), challenge, verdict);
    }

    @Override
    public void close() {
        holdout.close();
    }

    private EncoderEvaluation evaluate(
            EncodedSamples encoder, List<AcceptedSample> gallery, List<AcceptedSample> queries) {
        return EncoderEvaluation.of(
                config.evaluation(), encoder.embeddings(gallery), encoder.embeddings(queries), encoder.head(queries));
    }

    /** The same samples are chosen again while they are there, so that little has to be embedded anew. */
    private List<AcceptedSample> chosen(List<AcceptedSample> gallery) {
        return gallery.stream()
                .sorted(Comparator.comparing(sample -> Sha256.of(sample.getId())))
                .limit(config.gallerySamples())
                .toList();
    }

    private void encodeFrozen(List<AcceptedSample> samples) {
        List<AcceptedSample> missing = frozen.missing(samples);
        if (!missing.isEmpty()) {
            try (OrtEncoder encoder = snapshots.openBase()) {
                frozen.encode(missing, encoder);
            } catch (RefusedModelException e) {
                throw new IllegalStateException("the serving runtime refuses the base model: " + e.getMessage(), e);
            }
        }
    }

    private void encodeChampion(Standing standing, List<AcceptedSample> samples) throws IOException {
        if (standing.version() == 0) {
            champion = frozen;
            return;
        }
        SnapshotManifest manifest = standing.manifest()
                .orElseThrow(() -> new IOException(
                        "the served version " + standing.version() + " is not listed in the snapshots topic"));
        if (champion.version() != standing.version()) {
            champion = new EncodedSamples(standing.version(), manifest.getOutputSet());
        }
        List<AcceptedSample> missing = champion.missing(samples);
        if (!missing.isEmpty()) {
            try (OrtEncoder encoder = snapshots.open(manifest)) {
                champion.encode(missing, encoder);
            } catch (RefusedModelException e) {
                throw new IOException("version " + standing.version() + " cannot be loaded: " + e.getMessage(), e);
            }
        }
    }
}
