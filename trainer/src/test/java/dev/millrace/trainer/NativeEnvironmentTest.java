package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativeEnvironmentTest {
    @Test
    void nothingHasToBeSet() {
        assertThat(NativeEnvironment.doubts(Map.of(), 2)).isEmpty();
    }

    @Test
    void whatTheLauncherSetsRaisesNoDoubt() {
        assertThat(NativeEnvironment.doubts(DeterminismTest.LAUNCHER, 2)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "OMP_DYNAMIC, TRUE, takes fewer threads",
        "OMP_THREAD_LIMIT, 1, is below policy.threads=2",
        "OMP_THREAD_LIMIT, many, is below policy.threads=2",
        "MKL_CBWR, COMPATIBLE, chooses other kernels",
        "ONEDNN_DEFAULT_FPMATH_MODE, BF16, chooses other kernels"
    })
    void saysWhatMakesTheBitsDoubtful(String name, String value, String reason) {
        assertThat(NativeEnvironment.doubts(Map.of(name, value), 2))
                .singleElement()
                .asString()
                .contains(name + "=" + value)
                .contains(reason);
    }
}
