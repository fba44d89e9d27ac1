package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.broker.LoopbackPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortCheckTest {
    @TempDir
    private Path directory;

    @Test
    void everyTakenPortIsNamedBeforeAnythingStarts() throws IOException {
        try (var broker = listen();
                var inference = listen()) {
            assertThatThrownBy(() -> start(Map.of(
                            "STANDALONE_BROKER_PORT",
                            port(broker),
                            "STANDALONE_REGISTRY_PORT",
                            "0",
                            "STANDALONE_INFERENCE_PORT",
                            port(inference),
                            "STANDALONE_TRAINER_PORT",
                            "0")))
                    .isInstanceOf(StartupException.class)
                    .hasMessage("taken already: brokerPort " + port(broker) + ", inferencePort " + port(inference)
                            + "; stop the processes that listen there, or choose other ports by these keys or"
                            + " STANDALONE_BROKER_PORT, STANDALONE_INFERENCE_PORT in the environment");
        }

        assertThat(directory.resolve("broker/kafka")).isEmptyDirectory();
    }

    @Test
    void portsOfAnEarlierStartAreLookedAtToo() throws IOException {
        try (var trainer = listen()) {
            Files.writeString(directory.resolve("ports.properties"), "trainer=" + port(trainer) + "\n");

            assertThatThrownBy(() -> start(anyPorts()))
                    .isInstanceOf(StartupException.class)
                    .hasMessageStartingWith("taken already: trainerPort " + port(trainer) + ";");
        }
    }

    @Test
    void onePortForTwoPartsIsRefused() {
        String port = Integer.toString(LoopbackPort.anyFree());
        Map<String, String> told = anyPorts();
        told.put("STANDALONE_REGISTRY_PORT", port);
        told.put("STANDALONE_TRAINER_PORT", port);

        assertThatThrownBy(() -> start(told))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith("taken already: trainerPort " + port + " (by registryPort);");
    }

    @Test
    void aDirectoryInUseIsToldInsteadOfThePortsOfItsProcess() {
        try (var running = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
            assertThatThrownBy(() -> start(anyPorts()))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("is in use by another process")
                    .hasMessageNotContaining("taken already");
            assertThat(running.bootstrapServers()).isNotEmpty();
        }
    }

    @Test
    void aPortThatTheSystemRefusesOtherwiseIsNotCalledTaken() {
        var check = new PortCheck(port -> Optional.of(
                port < 1024
                        ? new LoopbackPort.Refusal(false, "Permission denied")
                        : new LoopbackPort.Refusal(true, "Address already in use")));
        check.look("registryPort", "REGISTRY", 80);

        assertThatThrownBy(check::requireNone)
                .isInstanceOf(StartupException.class)
                .hasMessage(
                        "cannot be listened on: registryPort 80 (Permission denied); choose other ports by these keys"
                                + " or STANDALONE_REGISTRY_PORT in the environment");

        check.look("trainerPort", "TRAINER", 9000);

        assertThatThrownBy(check::requireNone)
                .isInstanceOf(StartupException.class)
                .hasMessage(
                        "taken already: trainerPort 9000; cannot be listened on: registryPort 80 (Permission denied);"
                                + " stop the processes that listen there, or choose other ports by these keys or"
                                + " STANDALONE_REGISTRY_PORT, STANDALONE_TRAINER_PORT in the environment");
    }

    private void start(Map<String, String> environment) throws InterruptedException {
        Standalone.start(StandaloneConfig.load(Optional.empty(), environment), directory, environment)
                .close();
    }

    private static Map<String, String> anyPorts() {
        return new HashMap<>(Map.of(
                "STANDALONE_BROKER_PORT", "0",
                "STANDALONE_REGISTRY_PORT", "0",
                "STANDALONE_INFERENCE_PORT", "0",
                "STANDALONE_TRAINER_PORT", "0"));
    }

    private static ServerSocket listen() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    private static String port(ServerSocket socket) {
        return Integer.toString(socket.getLocalPort());
    }
}
