package dev.millrace.trainer;

import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.announce.Announcer;
import dev.millrace.trainer.announce.VersionCatalog;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The topics of one model's versions, which outlive the processes that write and read them. */
final class FakeVersions implements Announcer, VersionCatalog {
    private final List<SnapshotManifest> published = new CopyOnWriteArrayList<>();
    private final List<EvaluationReport> reports = new CopyOnWriteArrayList<>();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile @Nullable Promotion promotion;

    /** Every manifest that was announced, oldest first. */
    List<SnapshotManifest> published() {
        return List.copyOf(published);
    }

    /** Every verdict that was announced and not forgotten, oldest first. */
    List<EvaluationReport> reports() {
        return List.copyOf(reports);
    }

    /** How often the catalog was refreshed. */
    int reads() {
        return reads.get();
    }

    /** As if the process had ended before the verdicts. */
    void forgetVerdicts() {
        reports.clear();
        promotion = null;
    }

    void promoteByOperator(long version) {
        promotion =
                new Promotion("tiny", version, 0L, PromotedBy.OPERATOR, false, "promoted by operator", Instant.EPOCH);
    }

    @Override
    public void claim() {}

    @Override
    public void published(SnapshotManifest manifest) {
        published.add(manifest);
    }

    @Override
    public void judged(EvaluationReport report, Optional<Promotion> next) {
        reports.add(report);
        next.ifPresent(promoted -> promotion = promoted);
    }

    @Override
    public void withdrawn(String model, Collection<Long> versions) {
        published.removeIf(manifest -> versions.contains(manifest.getVersion()));
    }

    @Override
    public boolean refresh(Duration limit) {
        reads.incrementAndGet();
        return true;
    }

    @Override
    public NavigableMap<Long, SnapshotManifest> manifests() {
        NavigableMap<Long, SnapshotManifest> listed = new TreeMap<>();
        published.forEach(manifest -> listed.put(manifest.getVersion(), manifest));
        return listed;
    }

    @Override
    public Optional<Promotion> promotion() {
        return Optional.ofNullable(promotion);
    }

    @Override
    public boolean isJudged(SnapshotManifest manifest) {
        return reports.stream()
                .anyMatch(report -> report.getVersion() == manifest.getVersion()
                        && !report.getAt().isBefore(manifest.getCreatedAt()));
    }

    @Override
    public void close() {}
}
