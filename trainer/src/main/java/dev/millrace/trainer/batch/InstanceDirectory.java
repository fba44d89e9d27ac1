package dev.millrace.trainer.batch;

import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The state directory of one batch former, held by one process at a time, and the name that lets the group recognise the
 * instance after a crash. Immutable. Closed by the one who opened it.
 */
final class InstanceDirectory implements AutoCloseable {
    private final Path directory;
    private final String instanceId;
    private final FileChannel lockFile;

    private InstanceDirectory(Path directory, String instanceId, FileChannel lockFile) {
        this.directory = directory;
        this.instanceId = instanceId;
        this.lockFile = lockFile;
    }

    /** Creates the directory when needed; throws {@link StartupException} when it cannot be used. */
    static InstanceDirectory open(Path root, String applicationId) {
        Path directory = root.resolve(applicationId);
        FileChannel channel = null;
        try {
            Files.createDirectories(directory);
            channel = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new StartupException("batch.stateDirectory " + directory
                        + " is in use by another process; stop that one or give this one a directory of its own");
            }
            return new InstanceDirectory(directory, instanceId(directory.resolve("instance-id")), channel);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw new StartupException(
                    "batch.stateDirectory " + directory + " cannot be written: " + e
                            + "; it must be a directory on a local disk that this user may write",
                    e);
        }
    }

    /** Where Kafka Streams keeps its files. */
    Path streamsDirectory() {
        return directory.resolve("streams");
    }

    /** The same at every start on this directory. */
    String instanceId() {
        return instanceId;
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot release " + directory, e);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    private static String instanceId(Path file) throws IOException {
        if (Files.exists(file) && Files.size(file) > 0) {
            return Files.readString(file).strip();
        }
        String id = UUID.randomUUID().toString();
        Files.writeString(file, id);
        return id;
    }

    private static void closeQuietly(@Nullable FileChannel channel, IOException reason) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
        }
    }
}
