package dev.millrace.standalone.produce;

import java.io.IOException;
import java.util.Optional;

/** The rows of a file in one format. Owned by one thread. */
interface RowSource {
    /** The next row that is not blank; empty at the end. */
    Optional<RawRow> next() throws IOException;

    static RowSource of(FileFormat format, LineReader lines) throws IOException {
        return switch (format) {
            case TSV -> new DelimitedRows(lines, DelimitedRows.Quoting.NONE);
            case CSV -> new DelimitedRows(lines, DelimitedRows.Quoting.RFC_4180);
            case JSONL -> new JsonRows(lines);
        };
    }
}
