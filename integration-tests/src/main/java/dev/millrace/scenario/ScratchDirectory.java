package dev.millrace.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory for one run. It is deleted at the end of a run that went well, and kept and named after any other. Owned by
 * one thread.
 */
public final class ScratchDirectory implements AutoCloseable {
    private final Path path;
    private boolean isNeeded = true;

    private ScratchDirectory(Path path) {
        this.path = path;
    }

    public static ScratchDirectory make(String name) throws IOException {
        return new ScratchDirectory(Files.createTempDirectory(name));
    }

    public Path path() {
        return path;
    }

    /** Says that the run went well. */
    public void noLongerNeeded() {
        isNeeded = false;
    }

    @Override
    public void close() {
        if (isNeeded) {
            System.err.println("files of the run are kept in " + path);
            return;
        }
        try (Stream<Path> entries = Files.walk(path)) {
            List<Path> deepestFirst = entries.sorted(Comparator.reverseOrder()).toList();
            for (Path entry : deepestFirst) {
                Files.delete(entry);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
