package dev.millrace.standalone.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A schema registry for Confluent's clients over the Kafka topic {@code _schemas}. Ids outlive it, being in the topic.
 * Several may run over one topic: each write makes its server the only writer.
 *
 * <p>HTTP by the JDK's own server: a client asks once for each schema, so that neither speed nor options matter, and it is
 * up in milliseconds. No encryption and no login: keep it on a loopback address or a private network.
 *
 * <p>Thread-safe. Closed by the one who started it, before or after the broker.
 */
public final class SchemaRegistryServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SchemaRegistryServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int THREADS = 4;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(15);
    private static final int MAX_BODY_BYTES = 1 << 20;

    static {
        // Without it each reply waits 40 ms for the client's acknowledgement of the headers. Read once by the JDK.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer http;
    private final String url;
    private final ExecutorService threads;
    private final SchemaLog schemaLog;
    private final RegistryApi api;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private SchemaRegistryServer(HttpServer http, SchemaLog schemaLog, RegistryApi api) {
        this.http = http;
        this.url = "http://" + http.getAddress().getHostString() + ":"
                + http.getAddress().getPort();
        this.schemaLog = schemaLog;
        this.api = api;
        var count = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "registry-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        http.setExecutor(threads);
        http.createContext("/", this::serve);
    }

    /**
     * Starts a registry and returns when it has read its topic and takes requests. A broker that is away is waited for.
     *
     * @param bootstrapServers Kafka, without encryption and login
     * @param host address to listen on, for example {@code 127.0.0.1}
     * @param port 0 takes any free one
     * @throws StartupException when the port is taken or the topic cannot be used
     */
    public static SchemaRegistryServer start(String bootstrapServers, String host, int port)
            throws InterruptedException {
        return start(
                new KafkaConfig(bootstrapServers, "http://" + host + ":" + port, "", Map.of(), Map.of()), host, port);
    }

    /** Like the other, with the client properties of the configuration; its registry and prefix are not used. */
    public static SchemaRegistryServer start(KafkaConfig kafka, String host, int port) throws InterruptedException {
        long begun = System.nanoTime();
        HttpServer http = bind(host, port);
        var catalogue = new SchemaCatalogue();
        SchemaLog schemaLog;
        try {
            schemaLog = SchemaLog.open(kafka, catalogue);
        } catch (KafkaException | StartupException | InterruptedException e) {
            http.stop(0);
            throw e;
        }
        var server = new SchemaRegistryServer(http, schemaLog, new RegistryApi(new Registrar(catalogue, schemaLog)));
        http.start();
        log.info(
                "Schema registry started url={} subjects={} tookMillis={}",
                server.url(),
                catalogue.subjects().size(),
                Duration.ofNanos(System.nanoTime() - begun).toMillis());
        return server;
    }

    private static HttpServer bind(String host, int port) {
        try {
            return HttpServer.create(new InetSocketAddress(host, port), 0);
        } catch (BindException e) {
            throw new StartupException(
                    "registry port " + port + " on " + host + " cannot be listened on (" + e.getMessage()
                            + "); stop the process that has it or choose another port",
                    e);
        } catch (IOException | IllegalArgumentException e) {
            throw new StartupException("registry cannot listen on " + host + ":" + port + ": " + e, e);
        }
    }

    /** Base address for clients, for example {@code http://127.0.0.1:8081}. */
    public String url() {
        return "http://" + http.getAddress().getHostString() + ":"
                + http.getAddress().getPort();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            Object reply;
            try {
                byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
                if (body.length > MAX_BODY_BYTES) {
                    throw new RegistryException(413, "The body must have at most " + MAX_BODY_BYTES + " bytes");
                }
                reply = api.answer(RegistryRequest.of(exchange.getRequestMethod(), exchange.getRequestURI(), body));
            } catch (RegistryException e) {
                status = e.status();
                reply = new ErrorReply(e.code(), String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                status = 503;
                reply = new ErrorReply(status, "The registry is being stopped");
            } catch (RuntimeException e) {
                log.error(
                        "Registry request failed method={} path={}",
                        exchange.getRequestMethod(),
                        exchange.getRequestURI(),
                        e);
                status = 500;
                reply = new ErrorReply(status, "Internal error: " + e);
            }
            send(exchange, status, JSON.writeValueAsBytes(reply));
        }
    }

    private record ErrorReply(@JsonProperty("error_code") int code, String message) {}

    private static void send(HttpExchange exchange, int status, byte[] json) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, isHead ? -1 : json.length);
        if (!isHead) {
            exchange.getResponseBody().write(json);
        }
    }

    /** Stops listening and lets go of Kafka; a second call does nothing. */
    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        http.stop(0);
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Registry requests do not end, they are left alone limitSeconds={}", CLOSE_LIMIT.toSeconds());
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        schemaLog.close();
        log.info("Schema registry stopped url={}", url);
    }
}
