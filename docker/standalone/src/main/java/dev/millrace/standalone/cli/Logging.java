package dev.millrace.standalone.cli;

import java.util.Map;

/** How loud the process logs. Stateless. */
final class Logging {
    private static final String LEVEL = "MILLRACE_LOG_LEVEL";

    private Logging() {}

    /**
     * Only what someone must act on, for commands that tell everything else themselves; {@code MILLRACE_LOG_LEVEL} wins.
     * Call it before the first logger is made: logback.xml reads the level once.
     */
    static void quiet(Map<String, String> environment) {
        if (!environment.containsKey(LEVEL)) {
            System.setProperty(LEVEL, "ERROR");
        }
    }
}
