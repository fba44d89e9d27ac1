package dev.millrace.standalone.produce;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * A file of labelled rows, or standard input. Immutable.
 *
 * @param name path of the file; {@code -} is standard input
 * @param format how its rows are written
 * @param columns which column holds what
 */
public record SampleFile(String name, FileFormat format, Columns columns) {
    private static final String STANDARD_INPUT = "-";

    /** Whether it can be read once only, and so cannot be checked before. */
    public boolean isStandardInput() {
        return name.equals(STANDARD_INPUT);
    }

    /**
     * Opens it from the start; the caller closes the reader.
     *
     * @throws StartupException when it cannot be read, is empty or does not name its columns
     */
    public SampleReader open(InstantSource clock) throws IOException {
        InputStream input = isStandardInput() ? System.in : openFile();
        return new SampleReader(input, format, columns, clock);
    }

    /** Reads the whole file and counts its rows. */
    public RowTally check(InstantSource clock) throws IOException {
        var tally = new RowTally(Long.MAX_VALUE);
        try (SampleReader reader = open(clock)) {
            tally.readAll(reader, sample -> {});
        }
        return tally;
    }

    private InputStream openFile() {
        Path path = Path.of(name);
        if (Files.isDirectory(path)) {
            throw new StartupException(name + " is a directory, not a file");
        }
        try {
            return Files.newInputStream(path);
        } catch (IOException e) {
            throw new StartupException(UnreadableFile.words(path, e), e);
        }
    }
}
