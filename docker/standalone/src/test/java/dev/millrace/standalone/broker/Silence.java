package dev.millrace.standalone.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Keeps errors that a test brings about on purpose out of the build's output, until closed. */
final class Silence implements AutoCloseable {
    private final Map<String, @Nullable Level> levels = new HashMap<>();

    Silence(String... names) {
        for (String name : names) {
            levels.put(name, logger(name).getLevel());
            logger(name).setLevel(Level.OFF);
        }
    }

    Set<String> names() {
        return levels.keySet();
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @Override
    public void close() {
        levels.forEach((name, level) -> logger(name).setLevel(level));
    }
}
