package dev.millrace.standalone.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;

/** Questions about the ports of this machine's loopback address. Stateless. */
public final class LoopbackPort {
    private static final String IN_USE = "Address already in use";

    private LoopbackPort() {}

    /**
     * Why no server can listen on a port.
     *
     * @param inUse whether it is because another one does
     * @param words the system's
     */
    public record Refusal(boolean inUse, String words) {}

    /** Empty where a server could listen on the port now. */
    public static Optional<Refusal> refusal(int port) {
        return refusal(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    static Optional<Refusal> refusal(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as the servers here do: a port that waits in TIME_WAIT is free
            socket.bind(address);
            return Optional.empty();
        } catch (IOException e) {
            String words = String.valueOf(e.getMessage());
            return Optional.of(new Refusal(words.startsWith(IN_USE), words));
        }
    }

    /** One that is free at this moment. */
    public static int anyFree() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port", e);
        }
    }
}
