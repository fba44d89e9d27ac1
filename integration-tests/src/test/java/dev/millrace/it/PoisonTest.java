package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.verify.PoisonVerify;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code verify poison}: every bad input at least once. */
final class PoisonTest {
    @Test
    void badRecordsHarmNobodyButThemselves(@TempDir Path directory) throws Exception {
        PoisonVerify.Outcome outcome = PoisonVerify.run(directory, 1_000, 3);

        assertThat(outcome.isProven()).as(outcome.toString()).isTrue();
        assertThat(outcome.trained()).isEqualTo(outcome.good()).isGreaterThan(800);
        assertThat(outcome.deadLettered()).isEqualTo(outcome.bad()).isGreaterThan(40);
    }
}
