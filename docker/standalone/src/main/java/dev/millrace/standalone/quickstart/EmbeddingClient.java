package dev.millrace.standalone.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Asks {@code POST /v1/embeddings} over HTTP, as any client would. Thread-safe; nothing to close. */
final class EmbeddingClient {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String VERSION_HEADER = "X-Millrace-Version";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(LIMIT).build();
    private final URI embeddings;

    EmbeddingClient(URI service) {
        this.embeddings = service.resolve("/v1/embeddings");
    }

    /**
     * One answer.
     *
     * @param version that computed it
     * @param vectors {@code [texts][dimension]}
     */
    record Answer(long version, List<float[]> vectors) {}

    /**
     * The vectors of the texts, in their order.
     *
     * @throws IOException when there is no answer, or one that is not 200 with a vector for each text
     */
    Answer embed(List<String> texts) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(embeddings)
                .timeout(LIMIT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(Map.of("input", texts))))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(embeddings + " answered " + response.statusCode() + ": " + response.body());
        }
        JsonNode data = JSON.readTree(response.body()).path("data");
        if (data.size() != texts.size()) {
            throw new IOException("asked for " + texts.size() + " vectors, got " + data.size());
        }
        String version = response.headers()
                .firstValue(VERSION_HEADER)
                .orElseThrow(() -> new IOException("the answer has no header " + VERSION_HEADER));
        return new Answer(Long.parseLong(version), vectors(data));
    }

    private static List<float[]> vectors(JsonNode data) {
        var vectors = new float[data.size()][];
        for (JsonNode entry : data) {
            JsonNode embedding = entry.path("embedding");
            var vector = new float[embedding.size()];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = embedding.get(i).floatValue();
            }
            vectors[entry.path("index").asInt()] = vector;
        }
        return List.of(vectors);
    }
}
