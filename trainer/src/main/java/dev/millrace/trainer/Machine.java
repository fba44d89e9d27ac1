package dev.millrace.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is recorded of this machine, since bit-identical training needs the same type. Stateless. */
final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private Machine() {}

    /** Vendor's name of the CPU with family, model and stepping; the architecture where the system does not tell. */
    static String cpu() {
        try {
            StringBuilder cpu = new StringBuilder();
            for (String key : new String[] {"model name", "cpu family", "model\t", "stepping"}) {
                Files.readAllLines(CPU_INFO).stream()
                        .filter(line -> line.startsWith(key))
                        .findFirst()
                        .ifPresent(line -> cpu.append(cpu.isEmpty() ? "" : "/")
                                .append(line.substring(line.indexOf(':') + 1).strip()));
            }
            return cpu.isEmpty() ? System.getProperty("os.arch") : cpu.toString();
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }
}
