package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.standalone.quickstart.QuickstartReport.FreshnessPercentiles;
import dev.millrace.standalone.quickstart.QuickstartReport.KnnAccuracy;
import dev.millrace.standalone.quickstart.QuickstartReport.Requests;
import dev.millrace.standalone.quickstart.QuickstartReport.Versions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuickstartReportTest {
    @Test
    void writesExactlyThePromisedKeys() throws Exception {
        JsonNode json = JsonMapper.builder()
                .build()
                .readTree(report(Optional.of(percentiles())).json());

        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly(
                        "samples",
                        "samplesPerSecond",
                        "knnFrozen",
                        "knnServed",
                        "versionsServed",
                        "requests",
                        "failedRequests",
                        "freshnessP50Ms",
                        "freshnessP99Ms",
                        "seconds");
        assertThat(json.path("knnServed").asDouble()).isEqualTo(0.7377);
        assertThat(json.path("freshnessP99Ms").asLong()).isEqualTo(15_200);
        assertThat(json.path("seconds").asDouble()).isEqualTo(61.5);
    }

    @Test
    void hasNoFreshnessBeforeASampleWasServed() throws Exception {
        assertThat(report(Optional.empty()).json()).contains("\"freshnessP50Ms\":null");
        assertThat(String.join("\n", report(Optional.empty()).table())).contains("none yet");
    }

    @Test
    void showsTheGainForPeople() {
        assertThat(String.join("\n", report(Optional.of(percentiles())).table()))
                .contains("frozen 0.576  ->  served 0.738  (+0.162)")
                .contains("4,812 answered, 1 failed")
                .contains("p50 8.1 s, p99 15.2 s");
    }

    @Test
    void aRestartThatFindsNothingLeftSaysSo() {
        QuickstartReport all = report(Optional.empty());
        QuickstartReport resumed = new QuickstartReport(
                all.samples(), 0, all.knn(), all.versions(), all.requests(), all.freshness(), all.took());

        assertThat(String.join("\n", resumed.table()))
                .containsPattern("glosses streamed +2,000, all taken before this start")
                .containsPattern("sample to served +no sample was new")
                .doesNotContain("/s");
    }

    private static FreshnessPercentiles percentiles() {
        return new FreshnessPercentiles(Duration.ofMillis(8_100), Duration.ofMillis(15_200));
    }

    private static QuickstartReport report(Optional<FreshnessPercentiles> freshness) {
        return new QuickstartReport(
                2_000,
                46.25,
                new KnnAccuracy(0.5760, 0.73766, 202, 1_798),
                new Versions(4, 113),
                new Requests(4_813, 1, Optional.of("connection reset")),
                freshness,
                Duration.ofMillis(61_500));
    }
}
