package dev.millrace.contract;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Why a file that somebody named cannot be read, in words for them. Stateless. */
public final class UnreadableFile {
    private static final String PERMISSION_DENIED = " cannot be read: permission denied";

    private UnreadableFile() {}

    /**
     * The words.
     *
     * @param cause what an attempt to read it threw; {@link java.io.FileInputStream} has one exception for everything, so
     *     the file is looked at too
     */
    public static String words(Path file, IOException cause) {
        if (cause instanceof NoSuchFileException || Files.notExists(file)) {
            return "no file " + file;
        }
        if (Files.isDirectory(file)) {
            return file + " is a directory, not a file";
        }
        return cause instanceof AccessDeniedException || !Files.isReadable(file)
                ? file + PERMISSION_DENIED
                : file + " cannot be read: " + cause.getMessage();
    }
}
