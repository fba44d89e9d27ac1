package dev.millrace.standalone.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import io.confluent.kafka.schemaregistry.client.rest.RestService;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** How loud the process logs, and where to. Stateless. */
final class Logging {
    private static final String LEVEL = "MILLRACE_LOG_LEVEL";
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n%rEx{12}";

    /**
     * Kafka warns here of what is in order on one machine: a controller that takes office at each start, a state directory
     * that lies below /tmp, and state that a killed process left behind and that is rebuilt.
     */
    private static final List<String> WARN_OF_NOTHING = List.of(
            "org.apache.kafka.controller.QuorumController",
            "org.apache.kafka.streams.processor.internals.StateDirectory");

    private Logging() {}

    /**
     * Only what someone must act on, for commands that tell everything else themselves; {@code MILLRACE_LOG_LEVEL} wins,
     * but for the noise of an absent registry, which the commands tell in their own words. Call it before the first
     * logger is made: logback.xml reads the level once.
     */
    static void quiet(Map<String, String> environment) {
        if (!environment.containsKey(LEVEL)) {
            System.setProperty(LEVEL, "ERROR");
        }
        // Calls each try to reach an absent registry an error, with a trace; the commands say what they wait for.
        context().getLogger(RestService.class).setLevel(Level.OFF);
    }

    /** Broker and trainer in one process: their errors are logged, their usual warnings are not. */
    static void ofPlatform() {
        LoggerContext context = context();
        WARN_OF_NOTHING.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
    }

    /** Everything goes to a file instead of standard error, which belongs to a live line. */
    static void toFile(Path file) {
        LoggerContext context = context();
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        var appender = new FileAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setFile(file.toString());
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender);
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }
}
