package dev.millrace.inference.serve;

import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.swap.Lease;
import dev.millrace.inference.swap.ModelSlot;
import io.javalin.http.Context;
import java.util.List;
import java.util.function.Supplier;

/** What the service tells about itself. Thread-safe. */
final class InfoRoutes {
    private static final byte[] ALIVE = Replies.json(new Alive("alive"));
    private static final int NOT_READY = 503;

    private record Alive(String status) {}

    private final String modelName;
    private final ModelSlot slot;
    private final ServingMetrics metrics;
    private final Supplier<Readiness> readiness;

    InfoRoutes(String modelName, ModelSlot slot, ServingMetrics metrics, Supplier<Readiness> readiness) {
        this.modelName = modelName;
        this.slot = slot;
        this.metrics = metrics;
        this.readiness = readiness;
    }

    void models(Context context) {
        try (Lease lease = slot.lease().orElseThrow(MicroBatcher::notReady)) {
            EmbeddingModel model = lease.model();
            Replies.Model entry = new Replies.Model(
                    modelName,
                    "model",
                    0,
                    "millrace",
                    model.version(),
                    model.input(),
                    model.dimension(),
                    model.labels().size());
            context.header(HttpApi.VERSION_HEADER, Long.toString(model.version()))
                    .contentType(HttpApi.JSON)
                    .result(Replies.json(new Replies.Models("list", List.of(entry))));
        }
    }

    /** The process runs; says nothing about whether it can answer. */
    void health(Context context) {
        context.contentType(HttpApi.JSON).result(ALIVE);
    }

    void ready(Context context) {
        Readiness now = readiness.get();
        if (!now.isReady()) {
            context.status(NOT_READY);
        }
        context.contentType(HttpApi.JSON).result(Replies.json(new Replies.Ready(now.isReady(), now.causes())));
    }

    void metrics(Context context) {
        context.contentType("text/plain; version=0.0.4; charset=utf-8").result(metrics.scrape());
    }
}
