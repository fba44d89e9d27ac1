package dev.millrace.inference.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.swap.ModelSlot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The API on a free port, with a model made by hand, and a client. */
abstract class HttpApiFixture {
    static final ApiLimits LIMITS = new ApiLimits("tiny", InputKind.TEXT, 1 << 20, 256);
    static final BatchLimits ONE_THREAD = new BatchLimits(1, 8, 4);
    static final HttpLimits HTTP = new HttpLimits("127.0.0.1", 0, Duration.ofSeconds(10));

    final ModelSlot slot = new ModelSlot(Runnable::run);
    final ServingMetrics metrics = new ServingMetrics();
    final FakeModel model = new FakeModel(41, "cat", "dog", "eel");
    final HttpClient client = HttpClient.newHttpClient();
    volatile Readiness readiness = new Readiness(List.of());
    HttpApi api;
    int port;

    @BeforeEach
    void start() {
        slot.swap(model);
        api = HttpApi.start(HTTP, LIMITS, ONE_THREAD, new HttpApi.Parts(slot, metrics, () -> readiness));
        port = api.port();
    }

    @AfterEach
    void stop() {
        model.gate.countDown();
        api.close();
        slot.close();
    }

    static void assertFailure(HttpResponse<String> response, int status, String code, String message)
            throws IOException {
        JsonNode error = json(response).path("error");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(error.path("code").textValue()).isEqualTo(code);
        assertThat(error.path("message").textValue()).contains(message);
        assertThat(error.path("type").textValue()).isNotBlank();
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JsonMapper.builder().build().readTree(response.body());
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send(path, BodyPublishers.ofString(body));
    }

    HttpResponse<String> send(String path, BodyPublisher body) throws Exception {
        return client.send(request(path).POST(body).build(), BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> postAsync(String body) {
        return client.sendAsync(
                request("/v1/embeddings").POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }
}
