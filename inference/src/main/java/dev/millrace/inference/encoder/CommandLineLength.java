package dev.millrace.inference.encoder;

import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * ONNX Runtime 1.29 ends a Linux process whose command line has more than 4 KB with a segmentation fault and without a word,
 * as soon as it opens a session. A class path with every jar in it is that long. To go when the runtime does not do so any
 * more. Stateless.
 */
public final class CommandLineLength {
    private static final Path OF_THIS_PROCESS = Path.of("/proc/self/cmdline");
    /** A command line of 4,000 bytes was seen to work, one of 4,300 bytes to crash. */
    private static final int LONGEST_BYTES = 4_000;

    private CommandLineLength() {}

    /**
     * Call it before the first session.
     *
     * @throws StartupException when the runtime would crash
     */
    public static void requireShort() {
        requireShort(OF_THIS_PROCESS);
    }

    static void requireShort(Path commandLine) {
        int bytes;
        try {
            bytes = Files.exists(commandLine) ? Files.readAllBytes(commandLine).length : 0; // it tells no size
        } catch (IOException e) {
            return; // not to be known here
        }
        if (bytes > LONGEST_BYTES) {
            throw new StartupException("the command line of this process has " + bytes + " bytes, allowed are "
                    + LONGEST_BYTES + ", since ONNX Runtime crashes with more; give a long class path by the variable"
                    + " CLASSPATH, with a wildcard (-cp 'lib/*') or in a file (java @FILE)");
        }
    }
}
