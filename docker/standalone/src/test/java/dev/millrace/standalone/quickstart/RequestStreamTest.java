package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestStreamTest {
    private volatile int status = 200;
    private volatile long version = 3;
    private HttpServer server;
    private EmbeddingClient client;

    @BeforeEach
    void startService() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/embeddings", this::answer);
        server.start();
        client = new EmbeddingClient(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    @AfterEach
    void stopService() {
        server.stop(0);
    }

    @Test
    void putsTheVectorsInTheOrderOfTheTexts() throws Exception {
        EmbeddingClient.Answer answer = client.embed(List.of("a", "bbb"));

        assertThat(answer.version()).isEqualTo(3);
        assertThat(answer.vectors().get(0)).containsExactly(1, 0.5f);
        assertThat(answer.vectors().get(1)).containsExactly(3, 0.5f);
    }

    @Test
    void saysWhatTheServiceAnsweredWhenItRefuses() {
        status = 503;

        assertThatThrownBy(() -> client.embed(List.of("a")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("503");
    }

    @Test
    void countsAnswersAndKeepsTheNewestVersion() throws Exception {
        try (var stream = new RequestStream(client, List.of("a", "b", "c"))) {
            stream.start();
            await().until(() -> stream.requests() > 3);
            version = 8;
            await().until(() -> stream.version() == 8);

            assertThat(stream.failed()).isZero();
            assertThat(stream.firstFailure()).isEmpty();
        }
    }

    @Test
    void countsAnOlderVersionAfterANewerOneAsFailed() throws Exception {
        try (var stream = new RequestStream(client, List.of("a", "b"))) {
            stream.start();
            await().until(() -> stream.version() == 3);
            version = 2;
            await().until(() -> stream.failed() > 0);

            assertThat(stream.firstFailure()).contains("version 2 answered after version 3");
        }
    }

    @Test
    void countsRequestsThatAreNotAnswered() throws Exception {
        try (var stream = new RequestStream(client, List.of("a", "b"))) {
            stream.start();
            await().until(() -> stream.requests() > 0);
            status = 500;
            await().until(() -> stream.failed() > 0);

            assertThat(stream.requests()).isGreaterThan(stream.failed());
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        var input =
                JsonMapper.builder().build().readTree(exchange.getRequestBody()).path("input");
        var data = new StringBuilder();
        for (int i = input.size() - 1; i >= 0; i--) {
            data.append("{\"index\":" + i + ",\"embedding\":["
                    + input.get(i).asText().length() + ",0.5]}");
            data.append(i > 0 ? "," : "");
        }
        byte[] body = ("{\"data\":[" + data + "]}").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("X-Millrace-Version", Long.toString(version));
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
