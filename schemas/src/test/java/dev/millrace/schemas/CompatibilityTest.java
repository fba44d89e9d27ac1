package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a release wrote must stay readable for ever: a new version of a record reads the old one (BACKWARD). */
class CompatibilityTest {
    private static final List<Path> RELEASES = List.of(Path.of("src/test/resources/release-0.1"));

    static Stream<Arguments> storedRecords() {
        return RELEASES.stream()
                .flatMap(release -> RecordExamples.all().stream().map(example -> Arguments.of(release, example)));
    }

    @ParameterizedTest
    @MethodSource("storedRecords")
    void readsTheSchemaOfTheRelease(Path release, SpecificRecord example) throws IOException {
        Schema stored = schema(release, example);

        var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(example.getSchema(), stored);

        assertThat(compatibility.getResult().getIncompatibilities()).isEmpty();
        assertThat(compatibility.getType()).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    @ParameterizedTest
    @MethodSource("storedRecords")
    void readsTheRecordOfTheRelease(Path release, SpecificRecord example) throws IOException {
        byte[] bytes = Files.readAllBytes(release.resolve(example.getSchema().getName() + ".bin"));
        var reader = new SpecificDatumReader<SpecificRecord>(schema(release, example), example.getSchema());

        SpecificRecord read = reader.read(null, DecoderFactory.get().binaryDecoder(bytes, null));

        assertThat(read).isEqualTo(example);
    }

    @Test
    void everyRecordHasAnExample() throws IOException {
        try (Stream<Path> schemas = Files.list(Path.of("src/main/avro"))) {
            assertThat(schemas.map(file -> file.getFileName().toString().replace(".avsc", "")))
                    .containsExactlyInAnyOrderElementsOf(RecordExamples.all().stream()
                            .map(example -> example.getSchema().getName())
                            .toList());
        }
    }

    private static Schema schema(Path release, SpecificRecord example) throws IOException {
        return new Schema.Parser()
                .parse(release.resolve(example.getSchema().getName() + ".avsc").toFile());
    }
}
