package dev.millrace.standalone.platform;

import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Broker and registry in a process of their own, which can be killed. */
final class PlatformProcess implements AutoCloseable {
    private static final String ADDRESSES = "addresses ";

    private final Process process;
    private final String bootstrapServers;
    private final String registryUrl;

    private PlatformProcess(Process process, String bootstrapServers, String registryUrl) {
        this.process = process;
        this.bootstrapServers = bootstrapServers;
        this.registryUrl = registryUrl;
    }

    /** The child: tells its addresses on standard output and runs until it is killed. */
    public static void main(String[] arguments) throws InterruptedException {
        try (var broker = EmbeddedBroker.start(Path.of(arguments[0]), 0);
                var registry = SchemaRegistryServer.start(broker.bootstrapServers(), "127.0.0.1", 0)) {
            System.out.println(ADDRESSES + broker.bootstrapServers() + " " + registry.url());
            Thread.currentThread().join();
        }
    }

    /** Returns when the child serves. */
    static PlatformProcess start(Path directory) throws IOException {
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                PlatformProcess.class.getName(),
                directory.toString());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder other = new StringBuilder();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith(ADDRESSES)) { // The virtual machine's own warnings come on standard output too.
                String[] addresses = line.substring(ADDRESSES.length()).split(" ", 2);
                return new PlatformProcess(process, addresses[0], addresses[1]);
            }
            other.append(line).append('\n');
        }
        throw new IllegalStateException("child did not start, it said: " + other);
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    String registryUrl() {
        return registryUrl;
    }

    /** As {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Lets it hang: connections stay open, and nothing is answered. */
    void hang() throws IOException, InterruptedException {
        int rc = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
                .start()
                .waitFor();
        if (rc != 0) {
            throw new IllegalStateException("the child cannot be stopped, kill ended with " + rc);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
