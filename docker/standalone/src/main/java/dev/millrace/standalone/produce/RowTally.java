package dev.millrace.standalone.produce;

import dev.millrace.schemas.LabelledSample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Counts the rows of a file and keeps the first that cannot be read. Owned by one thread. */
public final class RowTally {
    private static final int NAMED = 20;

    private final long maxUnreadable;
    private final List<ReadRow.Unreadable> firstUnreadable = new ArrayList<>();
    private long usable;
    private long unreadable;

    /** @param maxUnreadable reading ends with the row that goes beyond this */
    public RowTally(long maxUnreadable) {
        this.maxUnreadable = maxUnreadable;
    }

    /** Reads to the end of the file, or until too many rows cannot be read; hands on each sample. */
    public void readAll(SampleReader reader, Consumer<LabelledSample> samples) throws IOException {
        Optional<ReadRow> row = reader.next();
        while (row.isPresent()) {
            if (row.get() instanceof ReadRow.Usable found) {
                usable++;
                samples.accept(found.sample());
            } else if (row.get() instanceof ReadRow.Unreadable problem) {
                add(problem);
            }
            if (unreadable > maxUnreadable) {
                return;
            }
            row = reader.next();
        }
    }

    private void add(ReadRow.Unreadable row) {
        unreadable++;
        if (firstUnreadable.size() < NAMED) {
            firstUnreadable.add(row);
        }
    }

    public long usable() {
        return usable;
    }

    public long unreadable() {
        return unreadable;
    }

    /** The first rows that cannot be read, at most 20. */
    public List<ReadRow.Unreadable> firstUnreadable() {
        return List.copyOf(firstUnreadable);
    }
}
