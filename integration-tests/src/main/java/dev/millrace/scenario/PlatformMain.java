package dev.millrace.scenario;

import dev.millrace.contract.StopSignal;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.registry.SchemaRegistryServer;
import java.nio.file.Path;

/**
 * Broker, schema registry or both as a child process, on given ports. Arguments: {@code broker DIRECTORY PORT},
 * {@code registry BOOTSTRAP PORT} or {@code both DIRECTORY PORT REGISTRY_PORT}. Says {@link #SERVING} when it serves.
 */
public final class PlatformMain {
    static final String SERVING = "platform serves";
    private static final String LOOPBACK = "127.0.0.1";

    private PlatformMain() {}

    /** Runs until a signal comes. */
    public static void main(String[] arguments) throws InterruptedException {
        String place = arguments[1];
        int port = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
            case "broker" -> serve(EmbeddedBroker.start(Path.of(place), port));
            case "registry" -> serve(SchemaRegistryServer.start(place, LOOPBACK, port));
            default -> {
                EmbeddedBroker broker = EmbeddedBroker.start(Path.of(place), port);
                SchemaRegistryServer registry =
                        SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, Integer.parseInt(arguments[3]));
                serve(() -> {
                    registry.close();
                    broker.close();
                });
            }
        }
    }

    /** Something that ends without a checked exception. */
    @FunctionalInterface
    private interface Part extends AutoCloseable {
        @Override
        void close();
    }

    private static void serve(EmbeddedBroker broker) throws InterruptedException {
        serve(broker::close);
    }

    private static void serve(SchemaRegistryServer registry) throws InterruptedException {
        serve(registry::close);
    }

    private static void serve(Part part) throws InterruptedException {
        StopSignal.install(part::close);
        System.out.println(SERVING);
        Thread.currentThread().join();
    }
}
