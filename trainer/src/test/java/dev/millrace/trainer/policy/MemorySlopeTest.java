package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.trainer.ChildProcess;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Some hundred steps at changing shapes leave nothing behind. */
class MemorySlopeTest {
    /** Bytes a step. The handle of one forgotten array takes more than 200. */
    private static final double HEAP_LIMIT = 100;

    /** Bytes a step. A forgotten gradient of the smallest matrix takes 1,024 and its header. */
    private static final double NATIVE_LIMIT = 1024;

    @BeforeEach
    void needsTheFiguresOfTheCLibrary() {
        assumeTrue(NativeMemory.isKnown(), "mallinfo2 needs glibc 2.33 or later");
    }

    @ParameterizedTest
    @CsvSource({"accumulate: 2, true", "lora: {rank: 2}, true", "accumulate: 2, false"})
    void trainingLeavesNothingBehind(String settings, boolean shared) throws Exception {
        double[] slopes = slopes(settings, shared, false);

        assertThat(slopes[0]).as("managed arrays").isZero();
        assertThat(slopes[1]).as("heap").isLessThan(HEAP_LIMIT);
        assertThat(slopes[2]).as("native memory").isLessThan(NATIVE_LIMIT);
    }

    @Test
    void oneForgottenArrayAStepIsSeen() throws Exception {
        double[] slopes = slopes("accumulate: 1", true, true);

        assertThat(slopes[1]).as("heap").isGreaterThan(HEAP_LIMIT);
        assertThat(slopes[2]).as("native memory").isGreaterThan(NATIVE_LIMIT);
    }

    /** Growth of managed arrays, heap and native memory. */
    private static double[] slopes(String settings, boolean shared, boolean forget) throws Exception {
        try (ChildProcess child = ChildProcess.start(
                Map.of(), MemorySlopeRun.class, settings, String.valueOf(shared), String.valueOf(forget))) {
            String[] words = child.answer(MemorySlopeRun.ANSWER).split(" ");
            return Arrays.stream(words).mapToDouble(Double::parseDouble).toArray();
        }
    }
}
