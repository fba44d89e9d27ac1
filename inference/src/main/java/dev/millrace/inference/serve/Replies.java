package dev.millrace.inference.serve;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.inference.encoder.InputKind;
import java.util.List;

/** The JSON bodies that go out; field for field what clients see. */
final class Replies {
    private static final ObjectWriter JSON = JsonMapper.builder().build().writer();

    private Replies() {}

    /** @param embedding {@code float[]}, or its little-endian bytes in base64 */
    record Embedding(String object, int index, Object embedding) {}

    record Classification(String object, int index, String label, float probability, List<Candidate> top) {}

    record Candidate(String label, float probability) {}

    record Usage(
            @JsonProperty("prompt_tokens") int promptTokens,
            @JsonProperty("total_tokens") int totalTokens) {}

    record Listing<T>(String object, List<T> data, String model, Usage usage, long version) {
        static <T> Listing<T> of(List<T> data, String model, Answer answer) {
            int tokens = answer.tokens();
            return new Listing<>("list", data, model, new Usage(tokens, tokens), answer.version());
        }
    }

    record Models(String object, List<Model> data) {}

    record Model(
            String id,
            String object,
            long created,
            @JsonProperty("owned_by") String ownedBy,
            long version,
            InputKind input,
            int dimension,
            int classes) {}

    record Failure(FailureBody error) {}

    record FailureBody(String message, String type, String code) {}

    record Ready(boolean ready, List<Readiness.Cause> causes) {}

    static byte[] json(Object body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a reply cannot be written as JSON", e);
        }
    }
}
