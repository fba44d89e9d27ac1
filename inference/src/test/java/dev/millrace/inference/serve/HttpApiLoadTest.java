package dev.millrace.inference.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Many requests at once, over real HTTP. */
class HttpApiLoadTest extends HttpApiFixture {
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
    void aStopThatTakesTooLongRefusesWhatIsStillQueued() throws Exception {
        HttpLimits impatient = new HttpLimits("127.0.0.1", 0, Duration.ofMillis(50));
        HttpApi other = HttpApi.start(impatient, LIMITS, ONE_THREAD, new HttpApi.Parts(slot, metrics, () -> readiness));
        port = other.port();
        model.gate = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> inFlight = postAsync("{\"input\":\"first\"}");
        model.entered.await();
        CompletableFuture<HttpResponse<String>> queued = postAsync("{\"input\":\"second\"}");
        await().untilAsserted(() -> assertThat(get("/metrics").body()).contains("millrace_inference_queue_texts 1.0"));

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(other::close);

        assertFailure(queued.get(), 503, "stopping", "ask another");
        model.gate.countDown();
        assertThat(inFlight.get().statusCode()).isEqualTo(200);
        stopped.get();
    }

    @Test
    void numbersThatAreNotFiniteAreNoEmbedding() throws Exception {
        assertFailure(post("/v1/embeddings", "{\"input\":\"overflow\"}"), 400, "invalid_input", "not finite");
    }

    @Test
    void bytesOfAnotherEncodingAreTheClientsFault() throws Exception {
        byte[] wide = {'{', 0, 0, 0, -1, -1, -1, -1};

        assertFailure(send("/v1/embeddings", BodyPublishers.ofByteArray(wide)), 400, "invalid_json", "UTF-8");
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
}
