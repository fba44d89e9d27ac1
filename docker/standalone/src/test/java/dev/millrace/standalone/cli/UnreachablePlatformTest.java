package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.promote.Manifests;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** What the commands say where a broker answers and a registry does not. */
class UnreachablePlatformTest {
    private static final String NOTHING_THERE = "http://127.0.0.1:1";
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");
    private static final String GAVE_UP =
            "gave up after 1 s of waiting for the schema registry at http://127.0.0.1:1 (connection refused)";

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;
    private static KafkaConfig kafka;

    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startBroker() throws InterruptedException {
        broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
        kafka = new KafkaConfig(broker.bootstrapServers(), "mock://unreachable", "millrace.", Map.of(), Map.of());
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
                .isEqualTo("waiting for the schema registry at http://127.0.0.1:1 (connection refused)");
        assertThat(err.toString()).contains("millrace produce: " + GAVE_UP);
        assertThat(logged.list)
                .extracting(ILoggingEvent::getLoggerName)
                .noneMatch(name -> name.endsWith(".RestService"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"versions", "promote 3", "rollback", "lineage 3"})
    void namesTheRegistryThatARecordNeeds(String command) throws Exception {
        publish();

        assertThat(run(NOTHING_THERE, command.split(" "))).isEqualTo(1);

        assertThat(err.toString().lines())
                .containsExactly(
                        "waiting for the schema registry at http://127.0.0.1:1 (connection refused)",
                        "millrace " + command.replace(" 3", "") + ": " + GAVE_UP);
    }

    @ParameterizedTest
    @CsvSource({
        "404, nothing here, it answers with status 404 and no error code of a registry",
        "404, {}, it answers with status 404 and no error code of a registry",
        "200, <html></html>, what it answers is no JSON"
    })
    void tellsAnotherServerFromARegistry(int status, String page, String why) throws Exception {
        publish();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            try (exchange) {
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            assertThat(run(url, "versions")).isEqualTo(2);
        } finally {
            server.stop(0);
        }

        assertThat(err.toString().lines())
                .containsExactly(
                        "millrace versions: " + url + " is no schema registry: " + why + "; is --registry another?");
    }

    /** A version whose schema no registry but the one in memory knows. */
    private static void publish() throws Exception {
        try (var producer = new KafkaProducer<String, SnapshotManifest>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new AvroSerdes(kafka).serializer())) {
            producer.send(new ProducerRecord<>(kafka.topics().snapshots(), "m:50", Manifests.of("m", 50, NOW)))
                    .get();
        }
    }

    private int run(String registry, String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("--bootstrap", broker.bootstrapServers(), "--registry", registry, "--timeout", "1"));
        CommandLine commandLine = MillraceMain.commandLine();
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(all.toArray(String[]::new));
    }
}
