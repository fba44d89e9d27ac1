package dev.millrace.standalone.produce;

import dev.millrace.schemas.LabelledSample;

/** What became of one row of a file. Immutable. */
public sealed interface ReadRow {
    /** A row that is a sample. */
    record Usable(LabelledSample sample) implements ReadRow {}

    /**
     * A row that is none.
     *
     * @param line line of the file on which the row starts, from 1
     * @param cause what is wrong with it, for people
     */
    record Unreadable(long line, String cause) implements ReadRow {
        @Override
        public String toString() {
            return "line " + line + ": " + cause;
        }
    }
}
