package dev.millrace.standalone.promote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.SnapshotManifest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ModelVersionsTest {
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

    @Test
    void servesTheBaseModelBeforeTheFirstPromotion() {
        ModelVersions versions = versions(List.of(), 50, 100);

        assertThat(versions.served()).isEqualTo(ModelVersions.BASE);
        assertThat(versions.known()).containsExactly(0L, 50L, 100L);
    }

    @Test
    void promotesWithoutPinAndNamesWhatWasServedBefore() {
        Promotion promotion = versions(List.of(gate(50, 0)), 50, 100).promote(100, NOW);

        assertThat(promotion)
                .isEqualTo(new Promotion("m", 100L, 50L, PromotedBy.OPERATOR, false, "promoted by operator", NOW));
    }

    @Test
    void listsTheKnownVersionsWhenAskedForAnother() {
        ModelVersions versions = versions(List.of(gate(50, 0)), 50, 100);

        assertThatThrownBy(() -> versions.promote(77, NOW))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("no version 77")
                .hasMessageContaining("0, 50, 100");
        assertThatThrownBy(() -> versions.rollBackTo(77, NOW)).isInstanceOf(StartupException.class);
    }

    @Test
    void rollsBackToTheNewestOlderVersionThatWasServedAndPinsIt() {
        ModelVersions versions = versions(List.of(gate(50, 0), gate(150, 50)), 50, 100, 150, 200);

        Promotion promotion = versions.rollBack(NOW);

        assertThat(promotion.getVersion()).isEqualTo(50);
        assertThat(promotion.getPrevious()).isEqualTo(150);
        assertThat(promotion.getPinned()).isTrue();
    }

    @Test
    void goesFurtherBackWithEachRollBack() {
        ModelVersions versions =
                versions(List.of(gate(50, 0), gate(100, 50), gate(150, 100), operator(100, 150)), 50, 100, 150);

        assertThat(versions.rollBack(NOW).getVersion()).isEqualTo(50);
    }

    @Test
    void knowsFromTheGateWhatCompactionTookFromThePromotions() {
        var passed = report(100, GateVerdict.PROMOTE);
        var held = report(150, GateVerdict.HOLD);

        var versions = new ModelVersions("m", manifests(100, 150, 200), List.of(gate(200, 150)), List.of(passed, held));
        var afterCompaction =
                new ModelVersions("m", manifests(100, 150, 200), List.of(gate(200, 0)), List.of(passed, held));

        assertThat(versions.rollBack(NOW).getVersion()).isEqualTo(150);
        assertThat(afterCompaction.rollBack(NOW).getVersion()).isEqualTo(100);
    }

    @Test
    void rollsBackToTheBaseModelAndNoFurther() {
        assertThat(versions(List.of(gate(50, 0)), 50).rollBack(NOW).getVersion())
                .isEqualTo(ModelVersions.BASE);
        assertThatThrownBy(() -> versions(List.of(), 50).rollBack(NOW))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("base version");
    }

    @Test
    void aVersionBelowAJudgedOneHasNoVerdictAndTheNewestNoneYet() {
        SnapshotManifest first = Manifests.of("m", 50, NOW.plusSeconds(1)); // announced again, later than the second
        SnapshotManifest second = Manifests.of("m", 100, NOW);
        var versions = new ModelVersions("m", List.of(second, first), List.of(), List.of());

        assertThat(versions.whyNoVerdict(first)).isEqualTo("none: version 100 was published after it");
        assertThat(versions.whyNoVerdict(second)).isEqualTo("none yet");
    }

    private static ModelVersions versions(List<Promotion> promotions, long... published) {
        return new ModelVersions("m", manifests(published), promotions, List.of());
    }

    private static Promotion gate(long version, long previous) {
        return new Promotion("m", version, previous, PromotedBy.GATE, false, "passed", NOW);
    }

    private static Promotion operator(long version, long previous) {
        return new Promotion("m", version, previous, PromotedBy.OPERATOR, true, "rolled back", NOW);
    }

    private static EvaluationReport report(long version, GateVerdict verdict) {
        return new EvaluationReport("m", version, 0L, NOW, verdict, List.of(), List.of(), 0, 0, 0.0, Map.of());
    }

    private static List<SnapshotManifest> manifests(long... versions) {
        return LongStream.of(versions)
                .mapToObj(version -> Manifests.of("m", version, NOW))
                .toList();
    }
}
