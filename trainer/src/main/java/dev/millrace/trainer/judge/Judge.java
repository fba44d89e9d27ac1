package dev.millrace.trainer.judge;

import dev.millrace.contract.Sha256;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.announce.VersionCatalog;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares frozen encoder, champion and challenger on the same samples, all embedded by the serving runtime, and asks the
 * gate. Remembers what the served version makes of the samples until the next verdict. Owned by the publishing thread.
 */
public final class Judge implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Judge.class);

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
        /** Whether the same version is served under the same terms. */
        public boolean isSameAs(Standing other) {
            return version == other.version && pinned == other.pinned;
        }

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

    /** Tells what is served now. */
    @FunctionalInterface
    public interface StandingSource {
        Standing now() throws IOException;
    }

    /**
     * The verdict on a published version, against what is served when it falls: an operator may promote or roll back during
     * the many seconds of a verdict, and has the last word.
     *
     * @param challenger session on its bytes; stays open
     * @param source asked before a verdict and after it; where the answers differ the verdict is repeated
     * @throws IOException when the served version cannot be read from the store, the thread is interrupted, or what the
     *     source throws
     */
    public Judgement judge(Candidate candidate, OrtEncoder challenger, StandingSource source) throws IOException {
        Standing standing = source.now();
        while (true) {
            Judgement judgement = judge(candidate, challenger, standing);
            Standing now = source.now();
            if (now.isSameAs(standing)) {
                return judgement;
            }
            log.info(
                    "Judging again, what is served has changed version={} servedBefore={} served={} pinned={}",
                    candidate.manifest().getVersion(),
                    standing.version(),
                    now.version(),
                    now.pinned());
            standing = now;
        }
    }

    private Judgement judge(Candidate candidate, OrtEncoder challenger, Standing standing) throws IOException {
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

    private void encodeFrozen(List<AcceptedSample> samples) throws IOException {
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
                .orElseThrow(() -> new IOException("the served version " + standing.version()
                        + " is not listed in the snapshots topic; promote" + " another or roll back"));
        if (champion.version() != standing.version()) {
            champion = new EncodedSamples(standing.version(), manifest.getOutputSet());
        }
        List<AcceptedSample> missing = champion.missing(samples);
        if (!missing.isEmpty()) {
            try (OrtEncoder encoder = snapshots.open(manifest)) {
                champion.encode(missing, encoder);
            } catch (RefusedModelException e) {
                throw new IOException(
                        "the served version " + standing.version() + " cannot be loaded, promote another or roll back: "
                                + e.getMessage(),
                        e);
            }
        }
    }
}
