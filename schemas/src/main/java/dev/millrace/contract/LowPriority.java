package dev.millrace.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets training and requests go before loading and judging, which share their cores. Linux only; elsewhere, and where the
 * tool is missing, nothing happens. Stateless.
 */
public final class LowPriority {
    private static final Logger log = LoggerFactory.getLogger(LowPriority.class);
    private static final Path THIS_THREAD = Path.of("/proc/thread-self");
    /** A tenth of a core's time where others want all of it: the lowest would starve a verdict beside a busy trainer. */
    private static final String NICENESS = "10";

    private LowPriority() {}

    /**
     * Lowers the calling thread for good. Java's own priorities do nothing on Linux, where a thread's niceness counts;
     * threads that it starts later inherit it.
     */
    public static void ofThisThread() {
        if (!Files.exists(THIS_THREAD)) {
            return;
        }
        try {
            Path thread = THIS_THREAD.toRealPath().getFileName();
            Process renice = new ProcessBuilder("renice", "-n", NICENESS, "-p", String.valueOf(thread))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean ended = renice.waitFor(5, TimeUnit.SECONDS);
            log.debug("Priority lowered thread={} done={}", thread, ended && renice.exitValue() == 0);
        } catch (IOException e) {
            log.debug("Priority not lowered cause={}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
