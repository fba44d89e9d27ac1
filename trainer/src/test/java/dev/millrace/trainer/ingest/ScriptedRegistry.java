package dev.millrace.trainer.ingest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A schema registry over HTTP that answers what a test tells it to. Thread-safe. Closed by the test. */
final class ScriptedRegistry implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private record Reply(int status, String body) {}

    private ScriptedRegistry(HttpServer server) {
        this.server = server;
    }

    static ScriptedRegistry start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ScriptedRegistry registry = new ScriptedRegistry(server);
        server.createContext("/", registry::answer);
        server.start();
        return registry;
    }

    String url() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** From now on, requests for this path get this reply; all others get 503. */
    void reply(String path, int status, String body) {
        replies.put(path, new Reply(status, body));
    }

    /** Paths asked for so far, in order. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            requests.add(path);
            Reply reply = replies.getOrDefault(path, new Reply(503, "down for maintenance"));
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
