package dev.millrace.verify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What outages need of the machine beside Java: two programs of Debian's and the right to mount. Stateless. */
final class OutageTools {
    static final String CHECKPOINT_DISK_FULL = "checkpointDiskFull";
    static final String STORE_DISK_FULL = "storeDiskFull";
    static final String SLOW_DISK = "slowDisk";
    static final String CLOCK_FORWARD = "clockForward";
    static final String CLOCK_BACK = "clockBack";

    static final Path FAKE_CLOCK = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    static final Path STRACE = Path.of("/usr/bin/strace");

    private OutageTools() {}

    /**
     * What must be there for the outages that are wanted and is not, in words; empty when they can be had. Mounts a small
     * file system for a moment when one is needed.
     */
    static List<String> missing(Predicate<String> wanted) throws InterruptedException {
        List<String> missing = new ArrayList<>();
        if (wanted.test(SLOW_DISK) && !Files.exists(STRACE)) {
            missing.add(SLOW_DISK + " needs " + STRACE + ", which is not there: apt-get install strace");
        }
        if ((wanted.test(CLOCK_FORWARD) || wanted.test(CLOCK_BACK)) && !Files.exists(FAKE_CLOCK)) {
            missing.add(CLOCK_FORWARD + " and " + CLOCK_BACK + " need " + FAKE_CLOCK
                    + ", which is not there: apt-get install libfaketime");
        }
        if (wanted.test(CHECKPOINT_DISK_FULL) || wanted.test(STORE_DISK_FULL)) {
            try {
                Path directory = Files.createTempDirectory("may-mount");
                SmallDisk.mount(directory, 1).close();
                Files.delete(directory);
            } catch (IOException e) {
                missing.add(CHECKPOINT_DISK_FULL + " and " + STORE_DISK_FULL
                        + " need the right to mount a small file system (root, or CAP_SYS_ADMIN): " + e.getMessage());
            }
        }
        return missing;
    }
}
