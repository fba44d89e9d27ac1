package dev.millrace.trainer.learn;

import dev.millrace.contract.DirectoryLock;
import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one trainer, newest first, under a lock that keeps a second trainer out. Used by one thread at a time.
 */
public final class CheckpointDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CheckpointDirectory.class);
    private static final String PREFIX = "checkpoint-";
    private static final String SUFFIX = ".ckpt";
    private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{20})\\.ckpt");

    private final Path directory;
    private final int keep;
    private final DirectoryLock lock;

    private CheckpointDirectory(CheckpointConfig config, DirectoryLock lock) {
        this.directory = config.directory();
        this.keep = config.keep();
        this.lock = lock;
    }

    /** Creates the directory where needed and locks it. */
    public static CheckpointDirectory open(CheckpointConfig config) {
        Path directory = config.directory();
        try {
            DirectoryLock lock = DirectoryLock.take(directory)
                    .orElseThrow(() -> new StartupException("checkpoint.directory " + directory
                            + " is in use by another trainer; give each trainer a directory of its own"));
            return opened(config, lock);
        } catch (IOException e) {
            throw new StartupException(
                    "checkpoint.directory " + directory + " cannot be written (" + e
                            + "); name a directory this process may write to",
                    e);
        }
    }

    private static CheckpointDirectory opened(CheckpointConfig config, DirectoryLock lock) throws IOException {
        CheckpointDirectory opened = new CheckpointDirectory(config, lock);
        try {
            opened.deleteLeftovers();
            return opened;
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * The newest checkpoint that is whole. A damaged one is named in the log and passed over; the log prefix it held is
     * trained again.
     *
     * @throws StartupException when there are checkpoints but none can be read
     */
    public Optional<Checkpoint> newest() {
        List<Path> files = files();
        for (Path file : files) {
            try {
                return Optional.of(CheckpointFile.read(file));
            } catch (IOException e) {
                log.error("Checkpoint cannot be used, trying the one before it file={} cause={}", file, e.getMessage());
            }
        }
        if (!files.isEmpty()) {
            throw new StartupException("None of the " + files.size() + " checkpoints in " + directory
                    + " can be read. Restore one, or empty the directory to train again from the start of the log");
        }
        return Optional.empty();
    }

    /** Stores a checkpoint durably and removes the oldest beyond the number to keep. */
    public Path write(Checkpoint checkpoint) throws IOException {
        Path file = directory.resolve(String.format(
                Locale.ROOT, "%s%020d%s", PREFIX, checkpoint.header().getPosition(), SUFFIX));
        CheckpointFile.write(file, checkpoint);
        for (Path old : files().stream().skip(keep).toList()) {
            Files.deleteIfExists(old);
        }
        return file;
    }

    @Override
    public void close() {
        lock.close();
    }

    /** Every checkpoint in a directory by its position, looked at without the lock. */
    public static Map<Long, Path> list(Path directory) throws IOException {
        Map<Long, Path> checkpoints = new TreeMap<>();
        if (!Files.isDirectory(directory)) {
            return checkpoints;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path file : entries.toList()) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    checkpoints.put(Long.parseLong(name.group(1)), file);
                }
            }
        }
        return checkpoints;
    }

    private List<Path> files() {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(file -> {
                        String name = file.getFileName().toString();
                        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
                    })
                    .sorted((a, b) -> b.getFileName().compareTo(a.getFileName()))
                    .collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deleteLeftovers() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path leftover :
                    entries.filter(file -> file.toString().endsWith(".tmp")).toList()) {
                Files.delete(leftover);
            }
        }
    }
}
