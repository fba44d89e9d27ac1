package dev.millrace.standalone.produce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.LabelledSample;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of images and of feature vectors. */
class InputColumnTest {
    @TempDir
    private Path directory;

    @Test
    void imagesAreReadFromBesideTheFile() throws Exception {
        Files.createDirectory(directory.resolve("pictures"));
        Files.write(directory.resolve("pictures/cat.png"), new byte[] {1, 2, 3});
        Files.write(directory.resolve("dog.png"), new byte[] {4});
        Columns columns = new Columns(new InputColumn(InputKind.IMAGE, "path", directory, 1000), "label", null, null);

        List<ReadRow> rows = read(FileFormat.TSV, columns, """
                path\tlabel
                pictures/cat.png\tcat
                none.png\tcat
                \tcat
                .\tcat
                dog.png\tdog
                """);

        assertThat(sample(rows.get(0)).getImage()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertThat(sample(rows.get(0)).getText()).isNull();
        assertThat(rows.get(1).toString())
                .contains("line 3: column \"path\" names no file")
                .contains("none.png");
        assertThat(rows.get(2)).hasToString("line 4: column \"path\" is empty");
        assertThat(rows.get(3).toString()).contains("names no file");
        assertThat(sample(rows.get(4)).getLabel()).isEqualTo("dog");
    }

    @Test
    void anImageThatChangesIsAnotherSample() throws Exception {
        Columns columns = new Columns(new InputColumn(InputKind.IMAGE, "path", directory, 1000), "label", null, null);
        String file = "path\tlabel\ncat.png\tcat\n";
        Files.write(directory.resolve("cat.png"), new byte[] {1});
        String first = sample(read(FileFormat.TSV, columns, file).get(0)).getId();

        assertThat(sample(read(FileFormat.TSV, columns, file).get(0)).getId()).isEqualTo(first);
        Files.write(directory.resolve("cat.png"), new byte[] {2});
        assertThat(sample(read(FileFormat.TSV, columns, file).get(0)).getId()).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 -2.5 3e2", "1,-2.5,3e2", " 1 , -2.5 ,300 ", "[1, -2.5, 300.0]", "[1,-2.5,3E2]"})
    void vectorsAreNumbersBetweenSpacesOrCommas(String cell) throws Exception {
        LabelledSample.Builder sample = LabelledSample.newBuilder();

        Optional<String> problem = vector().put(cell, sample);

        assertThat(problem).isEmpty();
        assertThat(EncoderInput.Features.of(sample.getFeatures()).values()).containsExactly(1, -2.5f, 300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "1 b", "NaN", "1,,2", "[]", "1e99", "[1, null]", "[[1], [2]]", "{}"})
    void otherCellsAreNamed(String cell) throws Exception {
        assertThat(vector().put(cell, LabelledSample.newBuilder()))
                .hasValueSatisfying(problem -> assertThat(problem).contains("column \"x\" must hold finite numbers"));
    }

    @Test
    void jsonLinesHoldVectorsAsArrays() throws Exception {
        Columns columns = new Columns(vector(), "label", null, null);

        List<ReadRow> rows = read(FileFormat.JSONL, columns, "{\"x\": [0.5, 2], \"label\": \"a\"}\n");

        assertThat(EncoderInput.Features.of(sample(rows.get(0)).getFeatures()).values())
                .containsExactly(0.5f, 2);
    }

    private static InputColumn vector() {
        return new InputColumn(InputKind.FEATURES, "x", Path.of(""), 100);
    }

    private static LabelledSample sample(ReadRow row) {
        assertThat(row).isInstanceOf(ReadRow.Usable.class);
        return ((ReadRow.Usable) row).sample();
    }

    private static List<ReadRow> read(FileFormat format, Columns columns, String file) throws IOException {
        var rows = new ArrayList<ReadRow>();
        var input = new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8));
        try (var reader = new SampleReader(input, format, columns, InstantSource.fixed(Instant.EPOCH))) {
            for (Optional<ReadRow> row = reader.next(); row.isPresent(); row = reader.next()) {
                rows.add(row.get());
            }
        }
        return rows;
    }
}
