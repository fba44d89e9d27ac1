package dev.millrace.inference.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.swap.ModelSlot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over real HTTP, with models made by hand. */
class HttpApiTest {
    private static final ApiLimits LIMITS = new ApiLimits("tiny", 1 << 20, 256);
    private static final BatchLimits ONE_THREAD = new BatchLimits(1, 8, 4);
    private static final HttpLimits HTTP = new HttpLimits("127.0.0.1", 0, Duration.ofSeconds(10));

    private final ModelSlot slot = new ModelSlot(Runnable::run);
    private final ServingMetrics metrics = new ServingMetrics();
    private final FakeModel model = new FakeModel(41, "cat", "dog", "eel");
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Readiness readiness = new Readiness(List.of());
    private HttpApi api;
    private int port;

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

    @Test
    void embedsOneString() throws Exception {
        HttpResponse<String> response = post("/v1/embeddings", "{\"input\":\"two words\",\"model\":\"tiny\"}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("X-Millrace-Version")).hasValue("41");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(json(response)).isEqualTo(JsonMapper.builder().build().readTree("""
                {"object":"list","data":[{"object":"embedding","index":0,"embedding":[-0.5,0.5,0.5,0.5]}],
                 "model":"tiny","usage":{"prompt_tokens":4,"total_tokens":4},"version":41}"""));
    }

    @Test
    void embedsAListInItsOrder() throws Exception {
        JsonNode reply = json(post("/v1/embeddings", "{\"input\":[\"ab\",\"abc\",\"ab\"]}"));

        assertThat(reply.path("data").findValuesAsText("index")).containsExactly("0", "1", "2");
        assertThat(reply.at("/data/0/embedding/0").floatValue()).isEqualTo(0.5f);
        assertThat(reply.at("/data/1/embedding/0").floatValue()).isEqualTo(-0.5f);
        assertThat(reply.at("/usage/prompt_tokens").intValue()).isEqualTo(9);
    }

    @Test
    void base64HoldsTheSameFloats() throws Exception {
        JsonNode reply = json(post("/v1/embeddings", "{\"input\":\"abc\",\"encoding_format\":\"base64\"}"));

        byte[] bytes = Base64.getDecoder().decode(reply.at("/data/0/embedding").textValue());
        FloatBuffer floats =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[] embedding = new float[floats.remaining()];
        floats.get(embedding);
        assertThat(embedding).containsExactly(FakeModel.embedding("abc"));
    }

    @Test
    void dimensionsShortenAndNormaliseAgain() throws Exception {
        JsonNode reply = json(post("/v1/embeddings", "{\"input\":\"ab\",\"dimensions\":2}"));

        float half = (float) Math.sqrt(0.5);
        assertThat(reply.at("/data/0/embedding")).hasSize(2);
        assertThat(reply.at("/data/0/embedding/0").floatValue()).isEqualTo(half);
        assertThat(reply.at("/data/0/embedding/1").floatValue()).isEqualTo(half);
        assertThat(EmbeddingsRequest.shortened(new float[] {0, 0, 1}, 2)).containsExactly(0, 0);
    }

    @Test
    void classifiesWithTheLikeliestFirst() throws Exception {
        HttpResponse<String> response = post("/v1/classify", "{\"input\":[\"ab\"],\"top_k\":2}");

        assertThat(response.headers().firstValue("X-Millrace-Version")).hasValue("41");
        JsonNode first = json(response).at("/data/0");
        assertThat(first.path("label").textValue()).isEqualTo("eel");
        assertThat(first.path("probability").floatValue()).isEqualTo(0.5f);
        assertThat(first.path("top").findValuesAsText("label")).containsExactly("eel", "dog");
    }

    @Test
    void classifyingNeedsClasses() throws Exception {
        slot.swap(new FakeModel(0));

        assertFailure(post("/v1/classify", "{\"input\":\"ab\"}"), 409, "no_head", "Version 0 has no classes");
    }

    @Test
    void listsTheModel() throws Exception {
        JsonNode reply = json(get("/v1/models"));

        assertThat(reply.at("/data/0/id").textValue()).isEqualTo("tiny");
        assertThat(reply.at("/data/0/version").longValue()).isEqualTo(41);
        assertThat(reply.at("/data/0/dimension").intValue()).isEqualTo(4);
        assertThat(reply.at("/data/0/classes").intValue()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hello                                        | 400 | invalid_json         | not valid JSON",
                "[1]                                          | 400 | invalid_json         | must be a JSON object",
                "null                                         | 400 | invalid_json         | must be a JSON object",
                "{\"input\":\"a\"} trailing                   | 400 | invalid_json         | not valid JSON",
                "{}                                           | 400 | invalid_input        | `input` must be a string or a list",
                "{\"input\":null}                             | 400 | invalid_input        | `input` must be a string or a list",
                "{\"input\":[]}                               | 400 | invalid_input        | at least one",
                "{\"input\":\"\"}                             | 400 | invalid_input        | non-empty",
                "{\"input\":[\"a\",\"\"]}                     | 400 | invalid_input        | non-empty",
                "{\"input\":[\"a\",3]}                        | 400 | invalid_input        | had 3",
                "{\"input\":{\"text\":\"a\"}}                 | 400 | invalid_input        | `input` must be a string or a list",
                "{\"input\":[1,2,3]}                          | 400 | tokens_not_supported | token ids",
                "{\"input\":[[1,2],[3]]}                      | 400 | tokens_not_supported | token ids",
                "{\"input\":\"a\",\"encoding_format\":\"hex\"}| 400 | invalid_parameter    | was \"hex\"",
                "{\"input\":\"a\",\"encoding_format\":1}      | 400 | invalid_parameter    | was 1",
                "{\"input\":\"a\",\"dimensions\":5}           | 400 | invalid_parameter    | at most 4, was 5",
                "{\"input\":\"a\",\"dimensions\":0}           | 400 | invalid_parameter    | at least 1, was 0",
                "{\"input\":\"a\",\"dimensions\":2.5}         | 400 | invalid_parameter    | was 2.5",
                "{\"input\":\"a\",\"dimensions\":\"2\"}       | 400 | invalid_parameter    | was \"2\"",
                "{\"input\":\"a\",\"model\":\"gpt\"}          | 404 | model_not_found      | \"gpt\" is not served here",
                "{\"input\":\"a\",\"model\":7}                | 404 | model_not_found      | 7 is not served here",
            })
    void refusesOddRequests(String body, int status, String code, String message) throws Exception {
        assertFailure(post("/v1/embeddings", body), status, code, message);
    }

    @Test
    void refusesBytesThatAreNoText() throws Exception {
        byte[] invalid = {'{', '"', 'i', 'n', 'p', 'u', 't', '"', ':', '"', (byte) 0xff, (byte) 0xfe, '"', '}'};

        assertFailure(
                send("/v1/embeddings", BodyPublishers.ofByteArray(invalid)), 400, "invalid_json", "not valid JSON");
    }

    @Test
    void refusesDeepNesting() throws Exception {
        assertFailure(
                post("/v1/embeddings", "[".repeat(5000) + "]".repeat(5000)), 400, "invalid_json", "not valid JSON");
    }

    @Test
    void refusesTooManyInputs() throws Exception {
        String inputs = String.join(",", Collections.nCopies(257, "\"a\""));

        assertFailure(post("/v1/embeddings", "{\"input\":[" + inputs + "]}"), 400, "too_many_inputs", "at most 256");
        assertThat(post("/v1/embeddings", "{\"input\":[" + inputs.substring(4) + "]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesALongBody(boolean chunked) throws Exception {
        byte[] body = ("{\"input\":\"" + "a".repeat(1 << 20) + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        BodyPublisher publisher = chunked
                ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                : BodyPublishers.ofByteArray(body);

        assertFailure(send("/v1/embeddings", publisher), 413, "body_too_large", "longer than 1048576 bytes");
    }

    @Test
    void unknownPathsAndMethodsGetTheSameFormOfError() throws Exception {
        assertFailure(get("/v2/embeddings"), 404, "not_found", "GET /v2/embeddings");
        assertFailure(get("/v1/embeddings"), 405, "method_not_allowed", "GET /v1/embeddings");
        assertFailure(post("/metrics", ""), 405, "method_not_allowed", "POST /metrics");
    }

    @Test
    void withoutAModelItSaysSo() throws Exception {
        slot.close();

        HttpResponse<String> response = post("/v1/embeddings", "{\"input\":\"a\"}");
        assertFailure(response, 503, "not_ready", "No version is served yet");
        assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
        assertFailure(get("/v1/models"), 503, "not_ready", "No version is served yet");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void readinessTellsItsCauses() throws Exception {
        assertThat(get("/readyz").statusCode()).isEqualTo(200);

        readiness = new Readiness(List.of(new Readiness.Cause("PROMOTIONS_UNREACHABLE", "no broker at nowhere:1")));

        HttpResponse<String> response = get("/readyz");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(json(response).path("ready").booleanValue()).isFalse();
        assertThat(json(response).at("/causes/0/cause").textValue()).isEqualTo("PROMOTIONS_UNREACHABLE");
        assertThat(json(response).at("/causes/0/detail").textValue()).contains("nowhere:1");
    }

    @Test
    void overloadIsRefusedAtOnceAndTheQueueIsAnsweredLater() throws Exception {
        model.gate = new CountDownLatch(1);
        List<CompletableFuture<HttpResponse<String>>> accepted = new ArrayList<>();
        accepted.add(postAsync("{\"input\":\"first\"}"));
        model.entered.await();
        for (int i = 0; i < 8; i++) {
            accepted.add(postAsync("{\"input\":\"waiting\"}"));
        }
        await().untilAsserted(() -> assertThat(get("/metrics").body()).contains("millrace_inference_queue_texts 8.0"));

        HttpResponse<String> refused = post("/v1/embeddings", "{\"input\":\"too much\"}");
        model.gate.countDown();

        assertFailure(refused, 429, "overloaded", "8 inputs are waiting");
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        for (CompletableFuture<HttpResponse<String>> response : accepted) {
            assertThat(response.get().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void requestsThatWaitGoTogether() throws Exception {
        model.gate = new CountDownLatch(1);
        List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
        responses.add(postAsync("{\"input\":\"first\"}"));
        model.entered.await();
        responses.add(postAsync("{\"input\":[\"one\",\"two\"]}"));
        responses.add(postAsync("{\"input\":[\"three\",\"four\"]}"));
        responses.add(postAsync("{\"input\":[\"five\"]}"));
        await().untilAsserted(() -> assertThat(get("/metrics").body()).contains("millrace_inference_queue_texts 5.0"));
        model.gate.countDown();

        for (CompletableFuture<HttpResponse<String>> response : responses) {
            assertThat(response.get().statusCode()).isEqualTo(200);
        }
        assertThat(model.batches).hasSize(3);
        assertThat(model.batches.get(1)).hasSizeBetween(3, 4);
    }

    @Test
    void oneRequestThatBreaksTheModelTakesNoOtherAlong() throws Exception {
        model.gate = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> first = postAsync("{\"input\":\"first\"}");
        model.entered.await();
        CompletableFuture<HttpResponse<String>> good = postAsync("{\"input\":\"good\"}");
        CompletableFuture<HttpResponse<String>> bad = postAsync("{\"input\":\"boom\"}");
        await().untilAsserted(() -> assertThat(get("/metrics").body()).contains("millrace_inference_queue_texts 2.0"));
        model.gate.countDown();

        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(good.get().statusCode()).isEqualTo(200);
        assertFailure(bad.get(), 500, "internal", "failed on this request");
    }

    @Test
    void aStopAnswersWhatWasAccepted() throws Exception {
        model.gate = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> inFlight = postAsync("{\"input\":\"first\"}");
        model.entered.await();
        CompletableFuture<HttpResponse<String>> queued = postAsync("{\"input\":\"second\"}");
        await().untilAsserted(() -> assertThat(get("/metrics").body()).contains("millrace_inference_queue_texts 1.0"));
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(api::close);
        await().untilAsserted(() ->
                assertFailure(post("/v1/embeddings", "{\"input\":\"late\"}"), 503, "stopping", "ask another"));

        model.gate.countDown();

        assertThat(inFlight.get().statusCode()).isEqualTo(200);
        assertThat(queued.get().statusCode()).isEqualTo(200);
        stopped.get();
        assertThatThrownBy(() -> get("/healthz")).isInstanceOf(IOException.class);
    }

    @Test
    void countsRequestsByEndpointAndOutcome() throws Exception {
        post("/v1/embeddings", "{\"input\":\"a b\"}");
        post("/v1/embeddings", "{}");
        get("/no/such/path");

        await().untilAsserted(() -> assertThat(get("/metrics").body())
                .contains("millrace_inference_requests_seconds_count{endpoint=\"/v1/embeddings\",outcome=\"ok\"} 1")
                .contains(
                        "millrace_inference_requests_seconds_count{endpoint=\"/v1/embeddings\",outcome=\"invalid_input\"} 1")
                .contains("millrace_inference_requests_seconds_count{endpoint=\"other\",outcome=\"not_found\"} 1")
                .contains("millrace_inference_requests_seconds_bucket")
                .contains("millrace_inference_tokens_total 4.0")
                .contains("millrace_inference_batch_texts_count 1")
                .contains("millrace_inference_served_version -1.0")
                .contains("jvm_memory_used_bytes"));
    }

    @Test
    void aTakenPortIsAStartFailureInOneLine() {
        HttpLimits taken = new HttpLimits("127.0.0.1", api.port(), Duration.ofSeconds(1));

        assertThatThrownBy(() ->
                        HttpApi.start(taken, LIMITS, ONE_THREAD, new HttpApi.Parts(slot, metrics, () -> readiness)))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("http.port " + api.port())
                .hasMessageContaining("in use");
    }

    private static void assertFailure(HttpResponse<String> response, int status, String code, String message)
            throws IOException {
        JsonNode error = json(response).path("error");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(error.path("code").textValue()).isEqualTo(code);
        assertThat(error.path("message").textValue()).contains(message);
        assertThat(error.path("type").textValue()).isNotBlank();
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return JsonMapper.builder().build().readTree(response.body());
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(path, BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(String path, BodyPublisher body) throws Exception {
        return client.send(request(path).POST(body).build(), BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> postAsync(String body) {
        return client.sendAsync(
                request("/v1/embeddings").POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }
}
