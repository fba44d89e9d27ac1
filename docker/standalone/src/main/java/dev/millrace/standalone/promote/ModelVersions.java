package dev.millrace.standalone.promote;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is known of one model: its published versions, which of them were ever promoted, and which is served. Immutable.
 *
 * @param model key in the topics
 * @param manifests every published version that is still listed
 * @param promotions those still in the topic, oldest first
 * @param evaluations gate verdicts still in the topic
 */
public record ModelVersions(
        String model,
        List<SnapshotManifest> manifests,
        List<Promotion> promotions,
        List<EvaluationReport> evaluations) {
    /** The model as it came, before any training; it has no manifest and always exists. */
    public static final long BASE = 0;

    public ModelVersions {
        manifests = List.copyOf(manifests);
        promotions = List.copyOf(promotions);
        evaluations = List.copyOf(evaluations);
    }

    /** The version that is to be served now. */
    public long served() {
        return newestPromotion().map(Promotion::getVersion).orElse(BASE);
    }

    /** Whether the gate is kept from promoting anything over the served version. */
    public boolean isPinned() {
        return newestPromotion().map(Promotion::getPinned).orElse(false);
    }

    /** The manifest of a version; empty for the base model and for versions that are not listed. */
    public Optional<SnapshotManifest> manifest(long version) {
        return manifests.stream().filter(one -> one.getVersion() == version).findFirst();
    }

    /** The versions it was published after, newest first, down to the base model or to one that is no longer listed. */
    public List<Long> parents(SnapshotManifest manifest) {
        List<Long> parents = new ArrayList<>();
        Optional<SnapshotManifest> next = Optional.of(manifest);
        while (next.isPresent()) {
            long parent = next.get().getParent();
            parents.add(parent);
            next = manifest(parent);
        }
        return parents;
    }

    /** The newest verdict on a version. */
    public Optional<EvaluationReport> verdict(long version) {
        return evaluations.stream()
                .filter(report -> report.getVersion() == version)
                .reduce((earlier, later) -> later);
    }

    /**
     * Why there is no verdict on a version that has none. Versions are judged one after the other as they are published, the
     * last one after a restart where it still has none.
     */
    public String whyNoVerdict(SnapshotManifest unjudged) {
        return manifests.stream()
                .map(SnapshotManifest::getVersion)
                .filter(other -> other > unjudged.getVersion())
                .min(Comparator.naturalOrder())
                .map(next -> "none: version " + next + " was published after it")
                .orElse("none yet");
    }

    /** Every version that can be promoted, the base model among them. */
    public NavigableSet<Long> known() {
        NavigableSet<Long> known = new TreeSet<>();
        known.add(BASE);
        manifests.forEach(manifest -> known.add(manifest.getVersion()));
        return known;
    }

    /** What to say of a version that is not known. */
    public String noSuchVersion(long version) {
        return "model " + model + " has no version " + version + "; known are "
                + known().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /**
     * An operator's promotion; the gate is free to go on from it.
     *
     * @throws StartupException when the version is not known
     */
    public Promotion promote(long version, Instant at) {
        return promotion(version, false, at);
    }

    /**
     * An operator's promotion of an older version, pinned so that the gate does not undo it.
     *
     * @throws StartupException when the version is not known
     */
    public Promotion rollBackTo(long version, Instant at) {
        return promotion(version, true, at);
    }

    /**
     * A roll-back to the newest version below the served one that was served before; to the base model when there is
     * none.
     *
     * @throws StartupException when the base model is served already
     */
    public Promotion rollBack(Instant at) {
        if (served() == BASE) {
            throw new StartupException(
                    "model " + model + " serves its base version 0; there is nothing older to roll back to");
        }
        NavigableSet<Long> earlier = oncePromoted().headSet(served(), false);
        return rollBackTo(earlier.isEmpty() ? BASE : earlier.last(), at);
    }

    private NavigableSet<Long> oncePromoted() {
        NavigableSet<Long> versions = new TreeSet<>();
        promotions.forEach(promotion -> {
            versions.add(promotion.getVersion());
            versions.add(promotion.getPrevious());
        });
        evaluations.stream()
                .filter(report -> report.getVerdict() == GateVerdict.PROMOTE)
                .forEach(report -> versions.add(report.getVersion()));
        versions.retainAll(known());
        return versions;
    }

    private Promotion promotion(long version, boolean pinned, Instant at) {
        if (!known().contains(version)) {
            throw new StartupException(noSuchVersion(version));
        }
        return Promotion.newBuilder()
                .setModel(model)
                .setVersion(version)
                .setPrevious(served())
                .setBy(PromotedBy.OPERATOR)
                .setPinned(pinned)
                .setReason(pinned ? "rolled back by operator" : "promoted by operator")
                .setAt(at)
                .build();
    }

    private Optional<Promotion> newestPromotion() {
        return promotions.isEmpty() ? Optional.empty() : Optional.of(promotions.get(promotions.size() - 1));
    }
}
