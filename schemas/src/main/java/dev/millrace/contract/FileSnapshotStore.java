package dev.millrace.contract;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Blobs in a directory: {@code blobs/ab/ab01...}. A blob appears under its name only when it is whole and on the disk
 * (temporary file, fsync, atomic rename, fsync of the directory). Thread-safe; several processes may share the
 * directory, also over a network file system that renames atomically. Holds no resources.
 */
public final class FileSnapshotStore implements SnapshotStore {
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-f]{64}");
    private static final String UNFINISHED = ".tmp";
    /** Writing a heap buffer makes a direct copy that the thread keeps; pieces keep that small. */
    private static final int PIECE_BYTES = 128 * 1024;

    private final Path blobs;
    private final Set<String> verified = ConcurrentHashMap.newKeySet();
    private final InstantSource clock;

    /**
     * Opens a store; makes the directory when it is missing.
     *
     * @throws StartupException when the directory cannot be made
     */
    public FileSnapshotStore(Path directory) {
        this(directory, InstantSource.system());
    }

    FileSnapshotStore(Path directory, InstantSource clock) {
        this.blobs = directory.resolve("blobs");
        this.clock = clock;
        try {
            Files.createDirectories(blobs);
        } catch (IOException e) {
            throw new StartupException(
                    "cannot make the snapshot store's directory " + blobs + " (" + e + "); choose one that can be made",
                    e);
        }
    }

    /** Whether a store was opened on the directory before; makes nothing. */
    public static boolean isAt(Path directory) {
        return Files.isDirectory(directory.resolve("blobs"));
    }

    /**
     * Proves that blobs can be stored, by making a file.
     *
     * @throws StartupException when they cannot
     */
    public void requireWritable() {
        try {
            Path probe = Files.createTempFile(blobs, "probe", UNFINISHED);
            Files.delete(probe);
        } catch (IOException e) {
            throw new StartupException(
                    "cannot write to the snapshot store's directory " + blobs + " (" + e + "); choose a writable one",
                    e);
        }
    }

    @Override
    public boolean contains(String sha256) {
        return Files.isRegularFile(path(sha256));
    }

    @Override
    public String put(ByteBuffer bytes) throws IOException {
        String sha256 = Sha256.of(bytes);
        Path blob = path(sha256);
        if (isWhole(blob, sha256, bytes.remaining())) {
            Files.setLastModifiedTime(blob, FileTime.from(clock.instant())); // so that no clean-up takes it for old
            return sha256;
        }
        Path folder = folder(sha256);
        makeFolder(folder);
        Path unfinished = blob.resolveSibling(sha256 + "." + UUID.randomUUID() + UNFINISHED);
        try {
            write(unfinished, bytes.duplicate());
            Files.move(unfinished, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        sync(folder);
        return sha256;
    }

    /** Whether the blob is there and undamaged, read once in the life of this object; a damaged one is to be written anew. */
    private boolean isWhole(Path blob, String sha256, int size) throws IOException {
        if (!Files.isRegularFile(blob) || Files.size(blob) != size) {
            return false;
        }
        if (verified.contains(sha256)) {
            return true;
        }
        try {
            get(sha256);
        } catch (CorruptBlobException e) {
            return false;
        }
        verified.add(sha256);
        return true;
    }

    private void makeFolder(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
            sync(blobs);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private static void write(Path file, ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, WRITE)) {
            int end = bytes.limit();
            while (bytes.position() < end) {
                bytes.limit(Math.min(end, bytes.position() + PIECE_BYTES));
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, READ)) {
            channel.force(true);
        }
    }

    @Override
    public Optional<ByteBuffer> get(String sha256) throws IOException {
        try (FileChannel channel = FileChannel.open(path(sha256), READ)) {
            long size = channel.size();
            if (size > Integer.MAX_VALUE) {
                throw new CorruptBlobException("blob " + sha256 + " has " + size + " bytes; at most 2 GB are allowed");
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) size);
            fill(bytes, channel, sha256);
            return Optional.of(bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean read(String sha256, ByteBuffer target) throws IOException {
        try (FileChannel channel = FileChannel.open(path(sha256), READ)) {
            if (channel.size() != target.remaining()) {
                throw new CorruptBlobException("blob " + path(sha256) + " has " + channel.size() + " bytes where "
                        + target.remaining() + " are expected");
            }
            fill(target.duplicate(), channel, sha256);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Reads until the buffer is full, goes back to where it began, and verifies. */
    private void fill(ByteBuffer bytes, FileChannel channel, String sha256) throws IOException {
        bytes.mark();
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // A blob never grows or shrinks, so this ends with the buffer full.
        }
        int unread = bytes.remaining();
        bytes.reset();
        String found = Sha256.of(bytes);
        if (unread > 0 || !found.equals(sha256)) {
            throw new CorruptBlobException("blob " + path(sha256) + " is damaged: its " + bytes.remaining()
                    + " bytes have the SHA-256 " + found);
        }
    }

    @Override
    public int retainOnly(Set<String> keep, long olderThanMillis) throws IOException {
        int deleted = 0;
        for (Path folder : list(blobs)) {
            for (Path file : Files.isDirectory(folder) ? list(folder) : List.of(folder)) {
                boolean wanted = keep.contains(String.valueOf(file.getFileName()));
                if (!wanted && isOlder(file, olderThanMillis) && Files.deleteIfExists(file)) {
                    deleted++;
                }
            }
        }
        return deleted;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    /** False for a file that is gone: a writer beside us has just given it its name. */
    private static boolean isOlder(Path file, long millis) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toMillis() < millis;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private Path path(String sha256) {
        if (!ADDRESS.matcher(sha256).matches()) {
            throw new IllegalArgumentException(
                    "a blob's address is 64 hexadecimal digits in lower case, was \"" + sha256 + "\"");
        }
        return folder(sha256).resolve(sha256);
    }

    private Path folder(String sha256) {
        return blobs.resolve(sha256.substring(0, 2));
    }
}
