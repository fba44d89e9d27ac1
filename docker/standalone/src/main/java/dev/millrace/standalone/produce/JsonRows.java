package dev.millrace.standalone.produce;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.inference.serve.JsonProblem;
import dev.millrace.standalone.produce.LineReader.Line;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Optional;

/**
 * JSON Lines: one object a line. Numbers and booleans are taken as they are written; null counts as empty; nested
 * values are kept as JSON text. Owned by one thread.
 */
final class JsonRows implements RowSource {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final LineReader lines;

    JsonRows(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public Optional<RawRow> next() throws IOException {
        Optional<Line> line = lines.next();
        while (line.isPresent() && line.get().isReadable() && line.get().text().isBlank()) {
            line = lines.next();
        }
        return line.map(JsonRows::parse);
    }

    private static RawRow parse(Line line) {
        if (!line.isReadable()) {
            return new RawRow.Broken(line.number(), line.problem());
        }
        JsonNode object;
        try {
            object = JSON.readTree(line.text());
        } catch (JsonProcessingException e) {
            return new RawRow.Broken(line.number(), "no JSON: " + JsonProblem.words(e));
        }
        if (!object.isObject()) {
            return new RawRow.Broken(line.number(), "no JSON object, but " + object.getNodeType());
        }
        var values = new LinkedHashMap<String, String>();
        object.properties().forEach(field -> values.put(field.getKey(), asText(field.getValue())));
        return new RawRow.Fields(line.number(), values);
    }

    private static String asText(JsonNode value) {
        if (value.isNull()) {
            return "";
        }
        return value.isValueNode() ? value.asText() : value.toString();
    }
}
