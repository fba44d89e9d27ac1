package dev.millrace.verify;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real file system of a few megabytes, which can be filled up. Needs the right to mount. Owned by one thread. */
final class SmallDisk implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;

    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /**
     * Mounts it over the directory, which is made.
     *
     * @throws IOException when this process may not mount
     */
    static SmallDisk mount(Path directory, int megabytes) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", directory.toString());
        return new SmallDisk(directory);
    }

    /** Takes the last free byte. */
    void fill() throws IOException {
        try (OutputStream filler = Files.newOutputStream(filler())) {
            byte[] piece = new byte[PIECE_BYTES];
            while (true) {
                filler.write(piece);
            }
        } catch (IOException e) {
            // No space left on device: that is the aim. What did not go in as a whole goes in byte by byte.
            fillByteByByte();
        }
    }

    private void fillByteByByte() throws IOException {
        try (OutputStream filler = Files.newOutputStream(filler(), java.nio.file.StandardOpenOption.APPEND)) {
            byte[] piece = new byte[4096];
            while (true) {
                filler.write(piece);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw e;
            }
        }
    }

    /** Gives the space back. */
    void free() throws IOException {
        Files.delete(filler());
    }

    private Path filler() {
        return directory.resolve("filler");
    }

    @Override
    public void close() throws IOException {
        try {
            run("umount", "-l", directory.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int exitCode =
                new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
        if (exitCode != 0) {
            throw new IOException(String.join(" ", command) + " ended with exit code " + exitCode);
        }
    }
}
