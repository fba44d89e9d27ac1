package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.scenario.ModelFiles;
import dev.millrace.verify.CrashReport;
import dev.millrace.verify.CrashScenario;
import dev.millrace.verify.FencingReport;
import dev.millrace.verify.FencingScenario;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short forms of {@code verify crash} and {@code verify fencing}: real processes, killed and paused. */
final class CrashTest {
    private static final int KILLS = 5;
    private static final long SEED = 4;

    @TempDir
    private Path directory;

    @Test
    void everySampleCountsOnceAndTheWeightsAreTheSameWhateverIsKilled() throws Exception {
        CrashReport report = new CrashScenario(directory, ModelFiles.small(directory), KILLS, SEED).run();

        assertThat(report).matches(CrashReport::holds);
        assertThat(report.kills()).isEqualTo(KILLS);
        assertThat(report.produced()).isPositive();
    }

    @Test
    void aTrainerThatWasTakenOverAnnouncesNothingAndEnds() throws Exception {
        FencingReport report = new FencingScenario(directory, ModelFiles.small(directory), SEED).run();

        assertThat(report).isEqualTo(new FencingReport(1, true, 0, 0, 0));
    }
}
