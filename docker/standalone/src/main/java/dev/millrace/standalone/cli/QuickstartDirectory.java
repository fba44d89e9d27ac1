package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a quickstart keeps its data: the user's directory, which stays, or a temporary one, which is deleted when all went
 * well. Owned by one thread at a time.
 */
final class QuickstartDirectory implements AutoCloseable {
    private final Path path;
    private final boolean isTemporary;
    private boolean isDone;

    private QuickstartDirectory(Path path, boolean isTemporary) {
        this.path = path;
        this.isTemporary = isTemporary;
    }

    static QuickstartDirectory open(Optional<Path> users) {
        try {
            return users.isPresent()
                    ? new QuickstartDirectory(Files.createDirectories(users.get()), false)
                    : new QuickstartDirectory(Files.createTempDirectory("millrace-quickstart-"), true);
        } catch (IOException e) {
            throw new StartupException(
                    "--data-dir " + users.map(Path::toString).orElse("(temporary)") + " cannot be made: " + e
                            + "; choose one that this user may write",
                    e);
        }
    }

    Path path() {
        return path;
    }

    /** What the parts have to tell; the terminal shows the figures only. */
    Path log() {
        return path.resolve("millrace.log");
    }

    /** Nothing in it will be looked at again. */
    void done() {
        isDone = true;
    }

    @Override
    public void close() {
        if (!isTemporary || !isDone || !Files.exists(path)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("temporary directory " + path + " cannot be deleted", e);
        }
    }
}
