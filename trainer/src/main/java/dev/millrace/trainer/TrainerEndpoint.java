package dev.millrace.trainer;

import dev.millrace.contract.StartupException;
import io.javalin.Javalin;
import io.javalin.http.HttpStatus;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Answers {@code /healthz} (the process lives), {@code /readyz} (503 with every cause while something is waited for) and
 * {@code /metrics}. Thread-safe; closed by the trainer.
 */
final class TrainerEndpoint implements AutoCloseable {
    private final Javalin server;

    TrainerEndpoint(
            TrainerConfig.HttpConfig config, PrometheusMeterRegistry registry, Supplier<List<String>> troubles) {
        this.server = Javalin.create(javalin -> {
            javalin.startup.showJavalinBanner = false;
            javalin.routes.get("/healthz", ctx -> ctx.json(Map.of("status", "alive")));
            javalin.routes.get("/readyz", ctx -> {
                List<String> causes = troubles.get();
                ctx.status(causes.isEmpty() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
                ctx.json(Map.of("ready", causes.isEmpty(), "causes", causes));
            });
            javalin.routes.get(
                    "/metrics",
                    ctx -> ctx.contentType("text/plain; version=0.0.4").result(registry.scrape()));
        });
        try {
            server.start(config.host(), config.port());
        } catch (RuntimeException e) {
            throw new StartupException(
                    "http.port " + config.port() + " on " + config.host() + " cannot be opened (" + e.getMessage()
                            + "); free it or choose another, 0 takes a free one",
                    e);
        }
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }
}
