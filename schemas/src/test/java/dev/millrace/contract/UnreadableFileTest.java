package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnreadableFileTest {
    @TempDir
    private Path directory;

    @Test
    void saysThatThereIsNoSuchFileHoweverItWasOpened() {
        Path none = directory.resolve("none");

        assertThat(UnreadableFile.words(none, failure(() -> Files.readAllBytes(none))))
                .isEqualTo("no file " + none);
        assertThat(UnreadableFile.words(none, failure(() -> open(none)))).isEqualTo("no file " + none);
    }

    @Test
    void saysThatADirectoryIsNoFile() {
        assertThat(UnreadableFile.words(directory, failure(() -> open(directory))))
                .isEqualTo(directory + " is a directory, not a file");
    }

    @Test
    void saysThatPermissionIsDenied() throws IOException {
        Path file = Files.createFile(directory.resolve("secret"));

        // Thrown by hand: root, who runs the tests in places, may read everything.
        assertThat(UnreadableFile.words(file, new AccessDeniedException(file.toString())))
                .isEqualTo(file + " cannot be read: permission denied");
    }

    @Test
    void givesOtherCausesInTheirOwnWords() throws IOException {
        Path file = Files.createFile(directory.resolve("broken"));

        assertThat(UnreadableFile.words(file, new IOException("Input/output error")))
                .isEqualTo(file + " cannot be read: Input/output error");
    }

    private static void open(Path file) throws IOException {
        new FileInputStream(file.toFile()).close();
    }

    private static IOException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable reading) {
        return catchThrowableOfType(IOException.class, reading);
    }
}
