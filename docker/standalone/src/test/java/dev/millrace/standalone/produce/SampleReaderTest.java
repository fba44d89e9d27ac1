package dev.millrace.standalone.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.LabelledSample;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SampleReaderTest {
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");
    private static final Columns TEXT_AND_LABEL = new Columns(InputColumn.text("text", 1000), "label", null, null);

    @Test
    void readsTabSeparatedRowsWithQuotesAsOrdinaryCharacters() throws IOException {
        List<ReadRow> rows =
                read(FileFormat.TSV, TEXT_AND_LABEL, "label\ttext\nnoun\tsay \"a\n\nverb\tto go, slowly\n");

        assertThat(samples(rows)).extracting(LabelledSample::getLabel).containsExactly("noun", "verb");
        assertThat(samples(rows)).extracting(LabelledSample::getText).containsExactly("say \"a", "to go, slowly");
        assertThat(samples(rows)).extracting(LabelledSample::getEventTime).containsOnly(NOW);
    }

    @Test
    void readsQuotedFieldsOverCommasQuotesAndLineEnds() throws IOException {
        List<ReadRow> rows = read(
                FileFormat.CSV,
                TEXT_AND_LABEL,
                "text,label\r\n\"a, b\",x\r\n\"he said \"\"no\"\"\",y\r\n\"two\r\nlines\",z\r\nplain,\"x\"\r\n");

        assertThat(samples(rows))
                .extracting(LabelledSample::getText)
                .containsExactly("a, b", "he said \"no\"", "two\nlines", "plain");
        assertThat(samples(rows)).extracting(LabelledSample::getLabel).containsExactly("x", "y", "z", "x");
    }

    @Test
    void leavesOutTheByteOrderMarkAndCarriageReturns() throws IOException {
        List<ReadRow> rows = read(FileFormat.TSV, TEXT_AND_LABEL, "\uFEFFtext\tlabel\r\nLüftung\tnoun\r\n");

        assertThat(samples(rows)).extracting(LabelledSample::getText).containsExactly("Lüftung");
        assertThat(samples(rows)).extracting(LabelledSample::getLabel).containsExactly("noun");
    }

    @Test
    void readsJsonLinesWithScalarsAsTheyAreWritten() throws IOException {
        List<ReadRow> rows = read(
                FileFormat.JSONL,
                TEXT_AND_LABEL,
                "{\"text\":\"a\\tb\",\"label\":3}\n\n{\"label\":true,\"text\":\"c\",\"more\":[1]}\n");

        assertThat(samples(rows)).extracting(LabelledSample::getText).containsExactly("a\tb", "c");
        assertThat(samples(rows)).extracting(LabelledSample::getLabel).containsExactly("3", "true");
    }

    @Test
    void namesRowsThatCannotBeReadByTheirLine() throws IOException {
        List<ReadRow> rows = read(
                FileFormat.CSV,
                TEXT_AND_LABEL,
                "text,label\na,x\nonly one\n\"two\nlines\",y\nb,\n ,z\nc,x,more\n\"never closed,z\n");

        assertThat(rows.stream().filter(ReadRow.Unreadable.class::isInstance).map(ReadRow::toString))
                .containsExactly(
                        "line 3: 1 fields, but the first line names 2 columns: text, label",
                        "line 6: column \"label\" is empty",
                        "line 7: column \"text\" is empty",
                        "line 8: 3 fields, but the first line names 2 columns: text, label",
                        "line 9: a quoted field is never closed");
        assertThat(samples(rows)).extracting(LabelledSample::getText).containsExactly("a", "two\nlines");
    }

    @Test
    void namesJsonRowsThatCannotBeRead() throws IOException {
        List<ReadRow> rows = read(
                FileFormat.JSONL,
                TEXT_AND_LABEL,
                "{\"label\":null,\"text\":\"z\"}\n{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\n[1]\n{\"text\":\"b\"}\n{\"text\":\"c\",\"label\":null}\n");

        assertThat(rows.stream().filter(ReadRow.Unreadable.class::isInstance).map(ReadRow::toString))
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("line 1: column \"label\" is empty"),
                        second -> assertThat(second).startsWith("line 3: no JSON: "),
                        third -> assertThat(third).isEqualTo("line 4: no JSON object, but ARRAY"),
                        fourth -> assertThat(fourth)
                                .startsWith("line 5: no column \"label\"; columns seen: text; name yours"),
                        fifth -> assertThat(fifth).isEqualTo("line 6: column \"label\" is empty"));
        assertThat(samples(rows)).extracting(LabelledSample::getText).containsExactly("a");
    }

    @Test
    void takesQuotesInTheMidstOfAFieldAsTheyAre() throws IOException {
        List<ReadRow> rows =
                read(FileFormat.CSV, TEXT_AND_LABEL, "text,label\na 5\" disk,hw\nplain one,hw\na 3\" disk,hw\n");

        assertThat(samples(rows))
                .extracting(LabelledSample::getText)
                .containsExactly("a 5\" disk", "plain one", "a 3\" disk");
        assertThat(rows).hasSize(3);
    }

    @Test
    void namesLinesThatAreNotUtf8() throws IOException {
        byte[] latin1 = "text\tlabel\ncaf\u00e9\tnoun\nb\tverb\n".getBytes(StandardCharsets.ISO_8859_1);

        List<ReadRow> rows = read(FileFormat.TSV, TEXT_AND_LABEL, latin1);

        assertThat(rows.get(0)).hasToString("line 2: not UTF-8; save the file as UTF-8");
        assertThat(samples(rows)).hasSize(1);
    }

    @Test
    void listsTheColumnsSeenWhenOneIsMissing() {
        assertThatThrownBy(() -> read(
                        FileFormat.TSV,
                        new Columns(InputColumn.text("body", 1000), "label", "key", null),
                        "label\ttext\nnoun\ta gloss\n"))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("no column \"body\", \"key\"")
                .hasMessageContaining("columns seen: label, text");
    }

    @Test
    void refusesFilesThatNameNoColumnsOrOneTwice() {
        assertThatThrownBy(() -> read(FileFormat.CSV, TEXT_AND_LABEL, "")).isInstanceOf(StartupException.class);
        assertThatThrownBy(() -> read(FileFormat.CSV, TEXT_AND_LABEL, "text,label,text\n"))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("twice");
    }

    @Test
    void takesIdAndEventTimeFromTheirColumns() throws IOException {
        List<ReadRow> rows =
                read(FileFormat.CSV, new Columns(InputColumn.text("text", 1000), "label", "key", "at"), """
                key,at,text,label
                a1,2011-08-03T17:34:03Z,x,y
                a2,1312392843000,x,y
                a3,2011-08-03,x,y
                a4,2011-08-03 19:34:03+02:00,x,y
                a5,yesterday,x,y
                ,2011-08-03,x,y
                """);

        assertThat(samples(rows)).extracting(LabelledSample::getId).containsExactly("a1", "a2", "a3", "a4");
        assertThat(samples(rows))
                .extracting(sample -> sample.getEventTime().toString())
                .containsExactly(
                        "2011-08-03T17:34:03Z", "2011-08-03T17:34:03Z", "2011-08-03T00:00:00Z", "2011-08-03T17:34:03Z");
        assertThat(rows.get(4).toString()).contains("line 6: column \"at\" is no time: \"yesterday\"");
        assertThat(rows.get(5)).hasToString("line 7: column \"key\" is empty");
    }

    @Test
    void givesTheSameIdsEachTimeAndOtherIdsToOtherRows() throws IOException {
        String file = "text\tlabel\na\tx\na\tx\nb\tx\n";

        List<String> first = ids(read(FileFormat.TSV, TEXT_AND_LABEL, file));

        assertThat(ids(read(FileFormat.TSV, TEXT_AND_LABEL, file))).isEqualTo(first);
        assertThat(first).hasSize(3).doesNotHaveDuplicates();
        assertThat(ids(read(FileFormat.TSV, TEXT_AND_LABEL, file.replace("b\t", "c\t"))))
                .startsWith(first.get(0), first.get(1))
                .doesNotContain(first.get(2));
    }

    @Test
    void tellsTheFormatByTheName() {
        assertThat(FileFormat.ofName("a/b.TSV")).isEqualTo(FileFormat.TSV);
        assertThat(FileFormat.ofName("b.csv")).isEqualTo(FileFormat.CSV);
        assertThat(FileFormat.ofName("b.ndjson")).isEqualTo(FileFormat.JSONL);
        assertThatThrownBy(() -> FileFormat.ofName("b.txt")).hasMessageContaining("--format");
    }

    private static List<ReadRow> read(FileFormat format, Columns columns, String file) throws IOException {
        return read(format, columns, file.getBytes(StandardCharsets.UTF_8));
    }

    private static List<ReadRow> read(FileFormat format, Columns columns, byte[] file) throws IOException {
        var rows = new ArrayList<ReadRow>();
        try (var reader = reader(format, columns, file)) {
            for (Optional<ReadRow> row = reader.next(); row.isPresent(); row = reader.next()) {
                rows.add(row.get());
            }
        }
        return rows;
    }

    private static SampleReader reader(FileFormat format, Columns columns, byte[] file) throws IOException {
        return new SampleReader(new ByteArrayInputStream(file), format, columns, InstantSource.fixed(NOW));
    }

    private static List<LabelledSample> samples(List<ReadRow> rows) {
        return rows.stream()
                .filter(ReadRow.Usable.class::isInstance)
                .map(row -> ((ReadRow.Usable) row).sample())
                .toList();
    }

    private static List<String> ids(List<ReadRow> rows) {
        return samples(rows).stream().map(LabelledSample::getId).toList();
    }
}
