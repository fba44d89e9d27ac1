package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.standalone.broker.EmbeddedBroker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** What the commands say where a broker answers and a registry does not. */
class UnreachablePlatformTest {
    private static final String NOTHING_THERE = "http://127.0.0.1:1";
    private static final String GAVE_UP = "gave up after 1 s of waiting for the schema registry at http://127.0.0.1:1";

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;

    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startBroker() throws InterruptedException {
        broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
        KafkaConfig kafka =
                new KafkaConfig(broker.bootstrapServers(), "mock://unreachable", "millrace.", Map.of(), Map.of());
        new TopicProvisioner(kafka).provisionTraining(1, 1);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void saysInOneLineThatTheRegistryIsAwayAndLogsNothingOfIt() throws IOException {
        Path file = Files.writeString(directory.resolve("rows.csv"), "text,label\na,x\n");
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        root.addAppender(logged);
        try {
            assertThat(run(NOTHING_THERE, "produce", file.toString())).isEqualTo(1);
        } finally {
            root.detachAppender(logged);
        }

        assertThat(err.toString().lines())
                .hasSize(2)
                .first()
                .isEqualTo("waiting for the schema registry at http://127.0.0.1:1");
        assertThat(err.toString()).contains("millrace produce: " + GAVE_UP);
        assertThat(logged.list)
                .extracting(ILoggingEvent::getLoggerName)
                .noneMatch(name -> name.endsWith(".RestService"));
    }

    private int run(String registry, String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("--bootstrap", broker.bootstrapServers(), "--registry", registry, "--timeout", "1"));
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(all.toArray(String[]::new));
    }
}
