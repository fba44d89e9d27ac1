package dev.millrace.trainer.batch;

import dev.millrace.contract.DirectoryLock;
import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The state directory of one batch former, held by one process at a time, and the name that lets the group recognise the
 * instance after a crash. Immutable. Closed by the one who opened it.
 */
final class InstanceDirectory implements AutoCloseable {
    private final Path directory;
    private final String instanceId;
    private final DirectoryLock lock;

    private InstanceDirectory(Path directory, String instanceId, DirectoryLock lock) {
        this.directory = directory;
        this.instanceId = instanceId;
        this.lock = lock;
    }

    /** Creates the directory when needed; throws {@link StartupException} when it cannot be used. */
    static InstanceDirectory open(Path root, String applicationId) {
        Path directory = root.resolve(applicationId);
        try {
            DirectoryLock lock = DirectoryLock.take(directory)
                    .orElseThrow(() -> new StartupException("batch.stateDirectory " + directory
                            + " is in use by another process; stop that one or give this one a directory of its own"));
            return opened(directory, lock);
        } catch (IOException e) {
            throw new StartupException(
                    "batch.stateDirectory " + directory + " cannot be written: " + e
                            + "; it must be a directory on a local disk that this user may write",
                    e);
        }
    }

    private static InstanceDirectory opened(Path directory, DirectoryLock lock) throws IOException {
        try {
            return new InstanceDirectory(directory, instanceId(directory.resolve("instance-id")), lock);
        } catch (IOException e) {
            lock.close();
            throw e;
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
        lock.close();
    }

    private static String instanceId(Path file) throws IOException {
        if (Files.exists(file) && Files.size(file) > 0) {
            return Files.readString(file).strip();
        }
        String id = UUID.randomUUID().toString();
        Files.writeString(file, id);
        return id;
    }
}
