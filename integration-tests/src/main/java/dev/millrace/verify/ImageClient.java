package dev.millrace.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Asks {@code POST /v1/embeddings} about images, as any client would. Thread-safe; nothing to close. */
final class ImageClient {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int IMAGES_A_REQUEST = 64;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI embeddings;

    ImageClient(URI service) {
        this.embeddings = service.resolve("/v1/embeddings");
    }

    /**
     * The vectors of image files, in their order.
     *
     * @throws IOException when an answer is not 200, or not from this version
     */
    List<float[]> embed(List<byte[]> images, long version) throws IOException, InterruptedException {
        List<float[]> vectors = new ArrayList<>();
        for (int from = 0; from < images.size(); from += IMAGES_A_REQUEST) {
            JsonNode reply = ask(images.subList(from, Math.min(images.size(), from + IMAGES_A_REQUEST)), version);
            reply.path("data").forEach(entry -> vectors.add(vector(entry.path("embedding"))));
        }
        return vectors;
    }

    private JsonNode ask(List<byte[]> images, long version) throws IOException, InterruptedException {
        List<Map<String, String>> input = images.stream()
                .map(image -> Map.of("image", Base64.getEncoder().encodeToString(image)))
                .toList();
        HttpRequest request = HttpRequest.newBuilder(embeddings)
                .timeout(LIMIT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(Map.of("input", input))))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        String from = response.headers().firstValue("X-Millrace-Version").orElse("none");
        if (response.statusCode() != 200 || !from.equals(Long.toString(version))) {
            throw new IOException(embeddings + " answered " + response.statusCode() + " from version " + from
                    + ", wanted " + version + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }

    private static float[] vector(JsonNode embedding) {
        float[] vector = new float[embedding.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = embedding.get(i).floatValue();
        }
        return vector;
    }
}
