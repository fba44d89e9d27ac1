package dev.millrace.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a directory to one holder among all processes of a machine, by a lock on its file {@code lock}; the system takes it
 * back when the process dies. Thread-safe. Closed by the one who took it.
 */
public final class DirectoryLock implements AutoCloseable {
    /**
     * What this process holds. Looked at before the file is opened: on Linux closing any channel of a file gives up every
     * lock that the process has on it, so a refused attempt must not have opened one.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private DirectoryLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the directory, which is made when it is missing.
     *
     * @return empty when it has a holder, here or in another process
     * @throws IOException when the directory cannot be written
     */
    public static Optional<DirectoryLock> take(Path directory) throws IOException {
        Path made = Files.isDirectory(directory) ? directory : Files.createDirectories(directory);
        Path file = made.toRealPath().resolve("lock");
        if (!HELD.add(file)) {
            return Optional.empty();
        }
        FileChannel locked = null;
        try {
            locked = locked(file);
        } finally {
            if (locked == null) {
                HELD.remove(file);
            }
        }
        return Optional.ofNullable(locked).map(channel -> new DirectoryLock(file, channel));
    }

    private static @Nullable FileChannel locked(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean isLocked = false;
        try {
            isLocked = channel.tryLock() != null;
            return isLocked ? channel : null;
        } finally {
            if (!isLocked) {
                channel.close();
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release " + file, e);
        } finally {
            HELD.remove(file);
        }
    }
}
