package dev.millrace.inference.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.swap.ModelSlot;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP side: routes, and a stop that lets requests in flight finish. Thread-safe. Closing stops the listener and the
 * encoder threads; the slot is used, not owned.
 */
public final class HttpApi implements AutoCloseable {
    /** Header of every answer: the version that made it. */
    public static final String VERSION_HEADER = "X-Millrace-Version";

    static final String JSON = "application/json";
    /** Attribute of a request that ended with an error. */
    static final String OUTCOME = "millrace.outcome";

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);
    private static final int MAX_SERVER_THREADS = 64;
    /** What an answer that is there may take on its way, when the time to stop is over. */
    private static final Duration TO_WRITE = Duration.ofSeconds(1);

    /** What the API is made of, all owned by the caller. */
    public record Parts(ModelSlot slot, ServingMetrics metrics, Supplier<Readiness> readiness) {}

    private final ApiLimits limits;
    private final RequestReader reader;
    private final MicroBatcher batcher;
    private final ServingMetrics metrics;
    private final InfoRoutes info;
    private final GracefulHandler requests = new GracefulHandler();
    private final QueuedThreadPool serverThreads = new QueuedThreadPool(MAX_SERVER_THREADS);
    private final HttpLimits http;
    private final Javalin javalin;

    private HttpApi(HttpLimits http, ApiLimits limits, BatchLimits batches, Parts parts) {
        this.http = http;
        this.limits = limits;
        this.reader = new RequestReader(limits);
        this.metrics = parts.metrics();
        this.info = new InfoRoutes(limits.modelName(), parts.slot(), parts.metrics(), parts.readiness());
        this.javalin = Javalin.create(this::configure);
        this.batcher = new MicroBatcher(parts.slot(), batches, parts.metrics());
    }

    /**
     * Starts to listen.
     *
     * @throws StartupException when the port cannot be had
     */
    public static HttpApi start(HttpLimits http, ApiLimits limits, BatchLimits batches, Parts parts) {
        HttpApi api = new HttpApi(http, limits, batches, parts);
        try {
            api.javalin.start(http.host(), http.port());
            return api;
        } catch (RuntimeException e) {
            api.batcher.close();
            throw new StartupException(
                    "cannot listen on http.host " + http.host() + ", http.port " + http.port() + " (" + rootOf(e)
                            + "); choose another, or stop what holds it",
                    e);
        }
    }

    private static Throwable rootOf(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : rootOf(cause);
    }

    /** The port that is listened on, also where 0 was asked for. */
    public int port() {
        return javalin.port();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        // Digits hardly shrink, and packing them would take the cores of the encoder.
        config.http.compressionStrategy = CompressionStrategy.NONE;
        serverThreads.setName("http");
        config.jetty.threadPool = serverThreads;
        config.jetty.modifyServer(server -> server.setHandler(requests));
        config.jetty.modifyHttpConfiguration(jetty -> jetty.setSendServerVersion(false));
        config.requestLogger.http(this::count);
        config.routes.post("/v1/embeddings", context -> answer(context, EmbeddingsRequest::parse));
        config.routes.post("/v1/classify", context -> answer(context, ClassifyRequest::parse));
        config.routes.get("/v1/models", info::models);
        config.routes.get("/healthz", info::health);
        config.routes.get("/readyz", info::ready);
        config.routes.get("/metrics", info::metrics);
        config.routes.exception(ApiException.class, (e, context) -> ErrorReplies.write(context, e));
        config.routes.exception(HttpResponseException.class, (e, context) -> ErrorReplies.write(context, e));
        config.routes.exception(Exception.class, (e, context) -> ErrorReplies.unexpected(context, e));
    }

    private void answer(Context context, BiFunction<JsonNode, RequestReader, ? extends ModelRequest> parser)
            throws IOException {
        ModelRequest request = parser.apply(reader.read(context.bodyInputStream()), reader);
        // Replies are written by the server's threads: a slow client must not hold an encoder thread.
        context.future(() -> batcher.submit(request.inputs())
                .thenAcceptAsync(
                        answer -> context.header(VERSION_HEADER, Long.toString(answer.version()))
                                .contentType(JSON)
                                .result(Replies.json(request.reply(answer, limits.modelName()))),
                        serverThreads));
    }

    private void count(Context context, float millis) {
        Outcome outcome = outcome(context);
        boolean known = outcome != Outcome.NOT_FOUND && outcome != Outcome.METHOD_NOT_ALLOWED;
        metrics.answered(known ? context.path() : "other", outcome, Duration.ofNanos((long) (millis * 1e6)));
    }

    private static Outcome outcome(Context context) {
        Outcome told = context.attribute(OUTCOME);
        if (told != null) {
            return told;
        }
        int status = context.statusCode(); // The server itself answers where a client has gone or memory is short.
        return status < 400 ? Outcome.OK : status < 500 ? Outcome.ABORTED : Outcome.INTERNAL;
    }

    /** Refuses new requests, answers those that were accepted as far as the time allows, then stops to listen. */
    @Override
    public void close() {
        long deadline = System.nanoTime() + http.stopTimeout().toNanos();
        batcher.stop();
        try {
            batcher.awaitAnswers(http.stopTimeout());
            batcher.close();
            long left = Math.max(TO_WRITE.toNanos(), deadline - System.nanoTime());
            requests.shutdown().get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.warn(
                    "Stopping with requests in flight requests={} waited={}",
                    requests.getCurrentRequestCount(),
                    http.stopTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            batcher.close();
            javalin.stop();
        }
    }
}
