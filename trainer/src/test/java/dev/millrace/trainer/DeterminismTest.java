package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import dev.millrace.trainer.onnx.operator.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two processes that train on the same log learn the same bits: one as the launcher starts it, one in an environment that
 * tells the native libraries nothing. Both at once, so that each disturbs the other's threads.
 */
class DeterminismTest {
    /** What launcher and images set for the native libraries. */
    static final Map<String, String> LAUNCHER = Map.of(
            "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1",
            "LRU_CACHE_CAPACITY", "64",
            "MALLOC_MMAP_THRESHOLD_", "33554432",
            "MALLOC_TRIM_THRESHOLD_", "536870912",
            "MKL_DYNAMIC", "FALSE",
            "OMP_DYNAMIC", "FALSE",
            "OMP_WAIT_POLICY", "PASSIVE",
            "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64");

    @TempDir
    Path directory;

    @BeforeEach
    void needsMiniLm() {
        Encoders.miniLm();
    }

    @ParameterizedTest
    @CsvSource({"1, FLOAT32", "2, FLOAT32", "2, BFLOAT16"})
    void twoProcessesLearnTheSameBits(int threads, Precision precision) throws Exception {
        assumeTrue(precision.isNativeOn(Device.cpu()), "this CPU has no avx512_bf16");
        try (ChildProcess launched = start(threads, precision, LAUNCHER);
                ChildProcess bare = start(threads, precision, Map.of())) {
            String first = launched.answer(DeterminismRun.ANSWER);
            String second = bare.answer(DeterminismRun.ANSWER);

            assertThat(first).startsWith("4 102 ");
            assertThat(second).isEqualTo(first);
        }
    }

    private ChildProcess start(int threads, Precision precision, Map<String, String> environment) throws IOException {
        String checkpoints = Files.createTempDirectory(directory, "run").toString();
        return ChildProcess.start(
                environment, DeterminismRun.class, String.valueOf(threads), precision.name(), checkpoints);
    }
}
