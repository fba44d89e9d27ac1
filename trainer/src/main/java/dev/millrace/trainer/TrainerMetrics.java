package dev.millrace.trainer;

import dev.millrace.schemas.RejectReason;
import dev.millrace.trainer.batch.IngestCounts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.ToDoubleFunction;

/** What is watched: {@code millrace_trainer_<what>_<unit>}, totals end in {@code _total}. Thread-safe. */
final class TrainerMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    TrainerMetrics(Trainer trainer) {
        new JvmMemoryMetrics().bindTo(registry);
        training(trainer);
        quality(trainer);
        ingest(trainer);
    }

    private void training(Trainer trainer) {
        gauge(
                trainer,
                "position_offset",
                "Next offset of the training log to apply",
                t -> t.status().position());
        total(trainer, "batches", "Log entries applied", t -> t.status().batches());
        total(trainer, "steps", "Optimizer updates", t -> t.status().steps());
        total(trainer, "samples", "New samples trained", t -> t.status().samples());
        total(
                trainer,
                "refused_steps",
                "Steps refused, and samples left out, for numbers that are not finite",
                t -> t.status().refusedSteps());
        gauge(
                trainer,
                "step_milliseconds",
                "Duration of the last step",
                t -> t.status().stepMillis());
        gauge(trainer, "lag_batches", "Log entries waiting", Trainer::lag);
        gauge(trainer, "published_version", "Newest version announced by this process", Trainer::published);
        gauge(trainer, "promoted_version", "Newest version promoted by this process", Trainer::promoted);
        gauge(
                trainer,
                "troubles_count",
                "Things being waited for, see /readyz",
                t -> t.troubles().size());
    }

    private void quality(Trainer trainer) {
        gauge(trainer, "classes_count", "Labels known", t -> t.status().classes());
        gauge(
                trainer,
                "prequential_accuracy_ratio",
                "Cumulative test-then-train accuracy",
                t -> t.status().prequentialAccuracy());
        gauge(
                trainer,
                "window_accuracy_ratio",
                "Test-then-train accuracy of the latest window",
                t -> t.status().windowAccuracy());
        gauge(trainer, "loss", "Loss of the last step", t -> t.status().loss());
        gauge(
                trainer,
                "gradient_norm",
                "Global gradient norm before clipping",
                t -> t.status().gradientNorm());
    }

    /** The invariant for people: each record of the samples topic is in one of these series. */
    private void ingest(Trainer trainer) {
        records(trainer, "accepted", IngestCounts::accepted);
        records(trainer, "holdout", IngestCounts::holdout);
        records(trainer, "duplicate", IngestCounts::duplicates);
        for (RejectReason cause : RejectReason.values()) {
            FunctionCounter.builder(
                            "millrace_trainer_dead_letters",
                            trainer,
                            t -> t.former().counts().deadLetters().getOrDefault(cause, 0L))
                    .description("Records refused and kept in the dead-letters topic")
                    .tag("cause", cause.name())
                    .register(registry);
        }
    }

    private void records(Trainer trainer, String outcome, ToDoubleFunction<IngestCounts> count) {
        FunctionCounter.builder(
                        "millrace_trainer_records",
                        trainer,
                        t -> count.applyAsDouble(t.former().counts()))
                .description("Records of the samples topic by what became of them, dead letters aside")
                .tag("outcome", outcome)
                .register(registry);
    }

    PrometheusMeterRegistry registry() {
        return registry;
    }

    private void total(Trainer trainer, String name, String description, ToDoubleFunction<Trainer> value) {
        FunctionCounter.builder("millrace_trainer_" + name, trainer, value)
                .description(description)
                .register(registry);
    }

    private void gauge(Trainer trainer, String name, String description, ToDoubleFunction<Trainer> value) {
        Gauge.builder("millrace_trainer_" + name, trainer, value)
                .description(description)
                .register(registry);
    }
}
