package dev.millrace.inference.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;

/**
 * What a {@code tokenizer.json} says about its ids. Immutable.
 *
 * @param json the file's bytes; not to be written to
 * @param origin where they came from, for messages
 * @param largestId largest token id that can come out
 * @param paddingId id that fills a row up
 */
record TokenizerFile(byte[] json, String origin, long largestId, long paddingId) {
    private static final List<String> USUAL_PADDING = List.of("[PAD]", "<pad>");

    static TokenizerFile of(byte[] json, String origin) throws IOException {
        JsonNode root = new JsonMapper().readTree(json);
        JsonNode vocabulary = root.path("model").path("vocab");
        if (!vocabulary.isContainerNode() || vocabulary.isEmpty()) {
            throw new IOException("it has no model.vocab");
        }
        // A list (Unigram) numbers its tokens by place, a map (WordPiece, BPE) by value.
        long largest = vocabulary.isArray() ? vocabulary.size() - 1L : 0;
        if (vocabulary.isObject()) {
            for (JsonNode id : vocabulary) {
                largest = Math.max(largest, id.asLong());
            }
        }
        long padding = root.path("padding").path("pad_id").asLong(-1);
        for (JsonNode token : root.path("added_tokens")) {
            long id = token.path("id").asLong();
            largest = Math.max(largest, id);
            if (padding < 0 && USUAL_PADDING.contains(token.path("content").asText())) {
                padding = id;
            }
        }
        return new TokenizerFile(json, origin, largest, Math.max(0, padding));
    }
}
