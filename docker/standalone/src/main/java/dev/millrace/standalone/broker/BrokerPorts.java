package dev.millrace.standalone.broker;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/**
 * The loopback ports of an embedded broker, kept in its directory so that clients find it again after a restart.
 *
 * @param client where Kafka clients connect, 1 to 65535
 * @param controller where the broker speaks to its controller, 1 to 65535
 */
record BrokerPorts(int client, int controller) {
    private static final String FILE = "ports.properties";
    private static final int MAX_PORT = 65_535;

    /**
     * The ports to start with: the preferred one, else the stored one, else a free one; stored when this returns.
     *
     * @param preferred 0 for no preference
     * @throws StartupException when the client port cannot be listened on, or the stored ports cannot be read
     */
    static BrokerPorts settle(Path directory, int preferred) {
        requireInRange(preferred);
        Path file = directory.resolve(FILE);
        Properties stored = read(file);
        int client = preferred != 0 ? preferred : stored(stored, "client", file);
        if (client != 0) {
            requireFree(client, preferred != 0 ? "" : " (kept in " + file + ")");
        }
        int controller = stored(stored, "controller", file);
        boolean controllerIsFree =
                controller != 0 && LoopbackPort.refusal(controller).isEmpty();
        var ports = new BrokerPorts(
                client != 0 ? client : LoopbackPort.anyFree(), controllerIsFree ? controller : LoopbackPort.anyFree());
        try {
            ports.write(file);
        } catch (IOException e) {
            throw new StartupException("broker ports cannot be kept in " + file + ": " + e, e);
        }
        return ports;
    }

    /** The port for clients that a start would take: the preferred one, else the stored one, else 0 for any. */
    static int wanted(Path directory, int preferred) {
        requireInRange(preferred);
        Path file = directory.resolve(FILE);
        return preferred != 0 ? preferred : stored(read(file), "client", file);
    }

    private static void requireInRange(int preferred) {
        if (preferred < 0 || preferred > MAX_PORT) {
            throw new StartupException("broker port must be in [0, " + MAX_PORT + "], was " + preferred);
        }
    }

    private static void requireFree(int client, String origin) {
        LoopbackPort.refusal(client).ifPresent(why -> {
            String problem = why.inUse()
                    ? " is taken by another process; stop that process or choose another port"
                    : " cannot be listened on (" + why.words() + "); choose another port";
            throw new StartupException("broker port " + client + origin + problem);
        });
    }

    private static Properties read(Path file) {
        Properties stored = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                stored.load(reader);
            } catch (IOException e) {
                throw new StartupException("stored broker ports " + UnreadableFile.words(file, e), e);
            }
            if (stored.isEmpty()) {
                throw unreadable(file, "it is empty");
            }
        }
        return stored;
    }

    private static int stored(Properties stored, String key, Path file) {
        if (stored.isEmpty()) {
            return 0;
        }
        String value = stored.getProperty(key, "");
        try {
            int port = Integer.parseInt(value);
            if (port > 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw unreadable(file, key + " is \"" + value + "\"");
        }
        throw unreadable(file, key + " is " + value);
    }

    private static StartupException unreadable(Path file, String cause) {
        return new StartupException("stored broker ports " + file + " cannot be read: " + cause
                + "; delete the file to have new ports chosen");
    }

    private void write(Path file) throws IOException {
        Path temporary = file.resolveSibling(FILE + ".tmp");
        Files.writeString(temporary, "client=" + client + "\ncontroller=" + controller + "\n");
        try {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
