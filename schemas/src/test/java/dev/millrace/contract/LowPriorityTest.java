package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class LowPriorityTest {
    private static final Path STAT = Path.of("/proc/thread-self/stat");
    private static final int NICE_FIELD_AFTER_NAME = 16;

    @Test
    void lowersTheCallingThreadOnly() throws Exception {
        assumeTrue(Files.exists(STAT), "threads have a niceness of their own on Linux only");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/renice")), "renice is not installed here");
        ExecutorService loader = Executors.newSingleThreadExecutor();
        try {
            int before = nice();

            loader.submit(LowPriority::ofThisThread).get();

            assertThat(loader.submit(LowPriorityTest::nice).get()).isEqualTo(10);
            assertThat(nice()).isEqualTo(before);
        } finally {
            loader.shutdown();
        }
    }

    private static int nice() throws Exception {
        String stat = Files.readString(STAT);
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICE_FIELD_AFTER_NAME]);
    }
}
