package dev.millrace.standalone;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import dev.millrace.standalone.broker.LoopbackPort;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Ports that were free at the first start, kept in a file so that clients find the process again after a restart. Owned by
 * one thread.
 */
final class KeptPorts {
    private static final int MAX_PORT = 65_535;

    private final Path file;
    private final Properties ports = new Properties();

    private KeptPorts(Path file) {
        this.file = file;
    }

    /** @throws StartupException when the file cannot be read */
    static KeptPorts read(Path file) {
        var kept = new KeptPorts(file);
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                kept.ports.load(reader);
            } catch (IOException e) {
                throw new StartupException(
                        "stored ports: " + UnreadableFile.words(file, e) + "; delete it to have new ones chosen", e);
            } catch (IllegalArgumentException e) {
                throw new StartupException(
                        "stored ports " + file + " are not as they were written (" + e.getMessage()
                                + "); delete the file to have new ones chosen",
                        e);
            }
        }
        return kept;
    }

    /**
     * The port to listen on: the wanted one, else the one of the last start, else any free one.
     *
     * @param wanted 0 for no preference
     */
    int settle(String name, int wanted) {
        int port = wanted(name, wanted);
        if (port != 0) {
            return port;
        }
        int free = LoopbackPort.anyFree();
        ports.setProperty(name, Integer.toString(free));
        write();
        return free;
    }

    /** As {@link #settle}, but 0 where any free one would be chosen. */
    int wanted(String name, int wanted) {
        return wanted != 0 ? wanted : parse(name, ports.getProperty(name, "0"));
    }

    private int parse(String name, String port) {
        try {
            int number = Integer.parseInt(port.strip());
            if (number >= 0 && number <= MAX_PORT) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw wrong(name, port);
        }
        throw wrong(name, port);
    }

    private StartupException wrong(String name, String port) {
        return new StartupException("stored ports " + file + ": " + name + " is \"" + port
                + "\", not a port; delete the file to have new ones chosen");
    }

    private void write() {
        var lines = new StringBuilder();
        ports.stringPropertyNames().stream()
                .sorted()
                .forEach(name -> lines.append(name)
                        .append('=')
                        .append(ports.getProperty(name))
                        .append('\n'));
        try {
            Files.writeString(file, lines);
        } catch (IOException e) {
            throw new StartupException("ports cannot be kept in " + file + ": " + e, e);
        }
    }
}
