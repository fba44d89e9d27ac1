package dev.millrace.standalone.produce;

import dev.millrace.contract.Sha256;
import dev.millrace.contract.StartupException;
import dev.millrace.schemas.LabelledSample;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns the rows of a file into samples. Owned by one thread; closing it closes the stream. */
public final class SampleReader implements AutoCloseable {
    private static final int ID_DIGITS = 32;

    private final InputStream input;
    private final RowSource rows;
    private final Columns columns;
    private final InstantSource clock;
    private final boolean columnsAreNamedOnce;
    private boolean columnsChecked;

    /**
     * @param clock gives the event time of rows that have none
     * @throws StartupException when the file is empty or does not name its columns
     */
    public SampleReader(InputStream input, FileFormat format, Columns columns, InstantSource clock) throws IOException {
        this.input = input;
        this.rows = RowSource.of(format, new LineReader(input));
        this.columnsAreNamedOnce = format != FileFormat.JSONL;
        this.columns = columns;
        this.clock = clock;
    }

    /**
     * The next row; empty at the end.
     *
     * @throws StartupException when an asked-for column is not in the first line
     */
    public Optional<ReadRow> next() throws IOException {
        Optional<RawRow> row = rows.next();
        if (row.isEmpty()) {
            return Optional.empty();
        }
        if (row.get() instanceof RawRow.Fields fields) {
            Optional<String> missing = missingColumns(fields.values());
            return Optional.of(
                    missing.isPresent() ? new ReadRow.Unreadable(fields.line(), missing.get()) : sample(fields));
        }
        RawRow.Broken broken = (RawRow.Broken) row.get();
        return Optional.of(new ReadRow.Unreadable(broken.line(), broken.cause()));
    }

    @Override
    public void close() throws IOException {
        input.close();
    }

    /** In JSON each line names its own columns, so one that lacks some is one bad row. */
    private Optional<String> missingColumns(Map<String, String> row) {
        if (columnsChecked) {
            return Optional.empty();
        }
        List<String> missing = columns.missingFrom(row.keySet());
        columnsChecked = columnsAreNamedOnce;
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        String problem = "no column \"" + String.join("\", \"", missing) + "\"; columns seen: "
                + String.join(", ", row.keySet())
                + "; name yours with --text, --image or --features, --label, --id, --time";
        if (columnsAreNamedOnce) {
            throw new StartupException(problem);
        }
        return Optional.of(problem);
    }

    private ReadRow sample(RawRow.Fields row) throws IOException {
        String input = row.values().getOrDefault(columns.input().name(), "");
        LabelledSample.Builder sample = LabelledSample.newBuilder();
        Optional<String> problem = columns.input().put(input, sample);
        if (problem.isPresent()) {
            return new ReadRow.Unreadable(row.line(), problem.get());
        }
        String label = row.values().getOrDefault(columns.label(), "").strip();
        String id = columns.id() == null
                ? stableId(row.line(), label, columns.input().identity(input, sample))
                : row.values().getOrDefault(columns.id(), "").strip();
        if (label.isEmpty()) {
            return empty(row, columns.label());
        }
        if (id.isEmpty()) {
            return empty(row, String.valueOf(columns.id()));
        }
        Optional<Instant> time = eventTime(row.values());
        if (time.isEmpty()) {
            return new ReadRow.Unreadable(
                    row.line(),
                    "column \"" + columns.time() + "\" is no time: \"" + value(row, columns.time())
                            + "\"; allowed are 2026-01-31T10:15:30Z, 2026-01-31 and milliseconds since 1970");
        }
        return new ReadRow.Usable(
                sample.setId(id).setEventTime(time.get()).setLabel(label).build());
    }

    private static ReadRow empty(RawRow.Fields row, String column) {
        return new ReadRow.Unreadable(row.line(), "column \"" + column + "\" is empty");
    }

    private static String stableId(long line, String label, String input) {
        return Sha256.of(line + "\n" + label + "\n" + input).substring(0, ID_DIGITS);
    }

    private Optional<Instant> eventTime(Map<String, String> values) {
        if (columns.time() == null) {
            return Optional.of(clock.instant());
        }
        String written = values.getOrDefault(columns.time(), "").strip();
        try {
            if (written.matches("-?\\d{5,18}")) {
                return Optional.of(Instant.ofEpochMilli(Long.parseLong(written)));
            }
            return Optional.of(
                    written.length() <= 10
                            ? LocalDate.parse(written).atStartOfDay().toInstant(ZoneOffset.UTC)
                            : OffsetDateTime.parse(written.replace(' ', 'T')).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static String value(RawRow.Fields row, @Nullable String column) {
        return column == null ? "" : row.values().getOrDefault(column, "");
    }
}
