package dev.millrace.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.standalone.deadletters.Bytes;
import dev.millrace.standalone.deadletters.Letter;
import dev.millrace.standalone.deadletters.Place;
import java.util.LinkedHashMap;
import java.util.Map;

/** A dead letter's fields under the names that people and programs see. Stateless. */
final class LetterFields {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private LetterFields() {}

    /** Everything about a letter but its bytes; what there is none of is left out. */
    static Map<String, Object> of(Letter letter) {
        DeadLetter content = letter.content();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("place", letter.place().toString());
        fields.put("cause", content.getCause().name());
        fields.put("receivedAt", content.getReceivedAt().toString());
        if (content.getKey() != null) {
            fields.put("key", Bytes.textOrHex(content.getKey()));
        }
        if (content.getSchemaId() != null) {
            fields.put("schemaId", content.getSchemaId());
        }
        if (content.getValue() != null) {
            fields.put("bytes", content.getValue().remaining());
        }
        letter.repeats().map(Place::toString).ifPresent(place -> fields.put("replayOf", place));
        fields.put("detail", content.getDetail());
        return fields;
    }

    /** As one line of JSON. */
    static String json(Map<String, ?> fields) {
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written", e);
        }
    }
}
