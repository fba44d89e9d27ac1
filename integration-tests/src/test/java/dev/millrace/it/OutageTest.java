package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.millrace.verify.OutageReport;
import dev.millrace.verify.OutageScenario;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code verify outages}: what {@link BatchFormerTest} cannot see, which is the learner's side. */
final class OutageTest {
    @TempDir
    private Path directory;

    @Test
    void aFullDiskIsToldAndIsOverByItself() throws Exception {
        Set<String> wanted = Set.of("checkpointDiskFull", "storeDiskFull");
        assumeThat(OutageScenario.missing(wanted::contains)).isEmpty();

        List<OutageReport> reports = OutageScenario.run(directory, Duration.ofSeconds(1), 5, wanted::contains);

        assertThat(reports).extracting(OutageReport::name).containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(reports).allMatch(OutageReport::holds);
    }
}
