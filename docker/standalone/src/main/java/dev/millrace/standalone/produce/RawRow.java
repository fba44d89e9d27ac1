package dev.millrace.standalone.produce;

import java.util.Map;

/** One row of a file by column names, before anything is asked of it. Immutable. */
sealed interface RawRow {
    /** Line of the file on which the row starts, from 1. */
    long line();

    /** A row whose fields could be told apart. */
    record Fields(long line, Map<String, String> values) implements RawRow {}

    /** A row that is not of the file's format. */
    record Broken(long line, String cause) implements RawRow {}
}
