package dev.millrace.standalone.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    private static final Duration DISK_FAULT_LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @Test
    void restartKeepsDataPortsAndClusterId() throws Exception {
        String bootstrap;
        String clusterId;
        try (var broker = EmbeddedBroker.start(directory, 0);
                var topic = new TestTopic(broker.bootstrapServers(), "kept")) {
            bootstrap = broker.bootstrapServers();
            clusterId = broker.clusterId();
            topic.create();
            topic.send("first");
        }

        try (var broker = EmbeddedBroker.start(directory, 0);
                var topic = new TestTopic(broker.bootstrapServers(), "kept")) {
            topic.send("second");

            assertThat(broker.bootstrapServers()).isEqualTo(bootstrap);
            assertThat(broker.clusterId()).isEqualTo(clusterId);
            assertThat(topic.read(2)).containsExactly("first", "second");
        }
    }

    @Test
    void refusesPortThatIsTaken() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, other.getLocalPort()))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("broker port " + other.getLocalPort() + " is taken");
        }
        assertThatThrownBy(() -> EmbeddedBroker.start(directory, 70_000))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("must be in [0, 65535], was 70000");
    }

    @Test
    void refusesDirectoryThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> EmbeddedBroker.start(file.resolve("data"), 0))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void refusesDirectoryInUseAndGivesItBack() {
        try (var first = BrokerDirectory.open(directory)) {
            assertThat(first.root()).isEqualTo(directory);
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, 0))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("is in use");
        }
        try (var second = BrokerDirectory.open(directory)) {
            assertThat(second.format()).isNotBlank();
        }
    }

    /** Says what it was refused with, in a process of its own. */
    static final class SecondBroker {
        private SecondBroker() {}

        public static void main(String[] arguments) {
            try (var opened = BrokerDirectory.open(Path.of(arguments[0]))) {
                System.out.println("opened " + opened.root());
            } catch (StartupException e) {
                System.out.println(e.getMessage());
            }
        }

        static String run(Path directory) throws IOException {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            SecondBroker.class.getName(),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void keepsOtherProcessesOutAfterARefusalInItsOwn() throws IOException {
        try (var first = BrokerDirectory.open(directory)) {
            assertThatThrownBy(() -> EmbeddedBroker.start(first.root(), 0)).isInstanceOf(StartupException.class);

            assertThat(SecondBroker.run(directory))
                    .contains("data directory " + directory + " is in use by another process; stop that process or"
                            + " choose another directory");
        }
    }

    @Test
    void refusesDamagedDirectory() throws IOException {
        Path meta = directory.resolve("kafka/meta.properties");
        try (var opened = BrokerDirectory.open(directory)) {
            opened.format();
        }
        String whole = Files.readString(meta);

        for (int length : new int[] {0, whole.length() / 2, whole.lastIndexOf('=')}) {
            Files.writeString(meta, whole.substring(0, length));
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, 0))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("meta.properties is damaged");
        }

        Files.delete(meta);
        Files.createDirectories(directory.resolve("kafka/__cluster_metadata-0"));
        Files.writeString(directory.resolve("kafka/__cluster_metadata-0/00000000000000000000.log"), "x");
        assertThatThrownBy(() -> EmbeddedBroker.start(directory, 0))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("meta.properties is damaged: it is missing");
    }

    @Test
    void refusesStoredPortsThatAreCut() throws IOException {
        for (String cut : new String[] {"", "client=", "client=90000\ncontroller=1\n", "client=12345\n"}) {
            Files.writeString(directory.resolve("ports.properties"), cut);
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, 0))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("delete the file to have new ports chosen");
        }
    }

    @Test
    void tellsWhenItsDiskIsLost() throws Exception {
        try (var silence = new Silence("kafka", "org.apache.kafka", EmbeddedBroker.class.getName());
                var broker = EmbeddedBroker.start(directory, 0);
                var topic = new TestTopic(broker.bootstrapServers(), "lost")) {
            assertThat(silence.names()).isNotEmpty();
            topic.create();
            topic.send("first");

            TestTopic.delete(directory.resolve("kafka"));
            topic.sendAnyway("second");

            assertThat(broker.fatalFault().toCompletableFuture()).succeedsWithin(DISK_FAULT_LIMIT);
        }
    }
}
