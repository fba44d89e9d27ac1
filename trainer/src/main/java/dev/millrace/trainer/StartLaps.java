package dev.millrace.trainer;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where the time of a start goes, from the start of the process to the first applied batch. Handed from the starting thread
 * to the trainer thread.
 */
final class StartLaps {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Map<String, Long> millis = new LinkedHashMap<>();
    private long lastNanos = System.nanoTime();

    /** Begins with what the virtual machine took up to now. */
    StartLaps() {
        millis.put("jvm", ManagementFactory.getRuntimeMXBean().getUptime());
    }

    /** Ends a part, which began where the one before it ended. */
    void end(String part) {
        long now = System.nanoTime();
        millis.put(part, (now - lastNanos) / NANOS_PER_MILLI);
        lastNanos = now;
    }

    /** All parts as {@code nameMillis=...}, in their order. */
    String told() {
        return millis.entrySet().stream()
                .map(part -> part.getKey() + "Millis=" + part.getValue())
                .collect(Collectors.joining(" "));
    }
}
