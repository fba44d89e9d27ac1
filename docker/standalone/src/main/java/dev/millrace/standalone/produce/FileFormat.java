package dev.millrace.standalone.produce;

import dev.millrace.contract.StartupException;
import java.util.Locale;

/** How the rows of a file are written. */
public enum FileFormat {
    /** First line names the columns; fields between tabs, no quoting. */
    TSV,
    /** First line names the columns; RFC 4180: quoted fields may hold commas, quotes (doubled) and line breaks. */
    CSV,
    /** One JSON object a line, keys are the columns. */
    JSONL;

    /**
     * The format a file's name tells.
     *
     * @throws StartupException when the extension says nothing
     */
    public static FileFormat ofName(String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.endsWith(".tsv") || name.endsWith(".tab")) {
            return TSV;
        }
        if (name.endsWith(".csv")) {
            return CSV;
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return JSONL;
        }
        throw new StartupException("the name \"" + fileName
                + "\" does not tell the format (.tsv, .csv, .jsonl); say --format tsv, csv or jsonl");
    }
}
