package dev.millrace.standalone.produce;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.millrace.contract.StartupException;
import dev.millrace.standalone.produce.LineReader.Line;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** TSV and CSV: the first row names the columns. Owned by one thread. */
final class DelimitedRows implements RowSource {
    /** How a field may hold the separator. */
    enum Quoting {
        /** Never: the separator is a tab, and quotes are ordinary characters. */
        NONE,
        /** In double quotes: the separator is a comma, and a field may go over several lines. */
        RFC_4180
    }

    private static final ObjectReader CSV =
            CsvMapper.builder().enable(CsvParser.Feature.WRAP_AS_ARRAY).build().readerForListOf(String.class);

    private final LineReader lines;
    private final Quoting quoting;
    private final List<String> columns;

    DelimitedRows(LineReader lines, Quoting quoting) throws IOException {
        this.lines = lines;
        this.quoting = quoting;
        this.columns = readHeader();
    }

    @Override
    public Optional<RawRow> next() throws IOException {
        Optional<Line> row = nextRow();
        if (row.isEmpty()) {
            return Optional.empty();
        }
        long number = row.get().number();
        if (!row.get().isReadable()) {
            return Optional.of(new RawRow.Broken(number, row.get().problem()));
        }
        List<String> fields;
        try {
            fields = split(row.get().text());
        } catch (JsonProcessingException e) {
            return Optional.of(new RawRow.Broken(number, "no CSV: " + e.getOriginalMessage()));
        }
        return Optional.of(byName(number, fields));
    }

    private RawRow byName(long number, List<String> fields) {
        if (fields.size() != columns.size()) {
            return new RawRow.Broken(
                    number,
                    fields.size() + " fields, but the first line names " + columns.size() + " columns: "
                            + String.join(", ", columns));
        }
        var values = new LinkedHashMap<String, String>();
        for (int i = 0; i < fields.size(); i++) {
            values.put(columns.get(i), fields.get(i));
        }
        return new RawRow.Fields(number, values);
    }

    private List<String> readHeader() throws IOException {
        Line header = nextRow()
                .orElseThrow(() -> new StartupException("the file is empty; its first line must name the columns"));
        if (!header.isReadable()) {
            throw new StartupException("line " + header.number() + ": " + header.problem());
        }
        List<String> names;
        try {
            names = split(header.text()).stream().map(String::strip).toList();
        } catch (JsonProcessingException e) {
            throw new StartupException("line " + header.number() + ": no CSV: " + e.getOriginalMessage(), e);
        }
        Set<String> distinct = new HashSet<>(names);
        if (distinct.size() < names.size()) {
            throw new StartupException("the first line names a column twice: " + String.join(", ", names));
        }
        return names;
    }

    private List<String> split(String row) throws JsonProcessingException {
        if (quoting == Quoting.NONE) {
            return List.of(row.split("\t", -1));
        }
        try (MappingIterator<List<String>> rows = CSV.readValues(row)) {
            List<String> fields = List.copyOf(rows.nextValue());
            if (rows.hasNextValue()) {
                throw new JsonParseException(rows.getParser(), "a quote opens in the midst of a field");
            }
            return fields;
        } catch (JsonProcessingException e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("a string in memory can always be read", e);
        }
    }

    /** One line, or several where a quoted field goes over line ends; blank lines between rows are left out. */
    private Optional<Line> nextRow() throws IOException {
        Optional<Line> first = lines.next();
        while (first.isPresent()
                && first.get().isReadable()
                && first.get().text().isBlank()) {
            first = lines.next();
        }
        if (quoting == Quoting.NONE || first.isEmpty() || !first.get().isReadable()) {
            return first;
        }
        return Optional.of(joinQuoted(first.get()));
    }

    private Line joinQuoted(Line first) throws IOException {
        var quotes = new Quotes();
        if (!quotes.areOpenAfter(first.text())) {
            return first;
        }
        var row = new StringBuilder(first.text());
        while (row.length() <= LineReader.MAX_LINE_BYTES) {
            Optional<Line> more = lines.next();
            if (more.isEmpty()) {
                return new Line(first.number(), "", "a quoted field is never closed");
            }
            if (!more.get().isReadable()) {
                return new Line(first.number(), "", more.get().problem());
            }
            row.append('\n').append(more.get().text());
            if (!quotes.areOpenAfter(more.get().text())) {
                return new Line(first.number(), row.toString(), "");
            }
        }
        return new Line(first.number(), "", "a quoted field is longer than " + LineReader.MAX_LINE_BYTES + " bytes");
    }

    /** Follows quoted fields over the lines of one row. A quote opens at the start of a field only: {@code 5" disk} has none. */
    private static final class Quotes {
        private boolean open;

        /** Whether a field that this line or one before it has opened is still open at its end. */
        boolean areOpenAfter(String line) {
            boolean atStart = !open;
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                if (c == '"' && open && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    i++; // A doubled quote stands for one.
                } else if (c == '"' && (open || atStart)) {
                    open = !open;
                }
                atStart = !open && c == ',';
            }
            return open;
        }
    }
}
