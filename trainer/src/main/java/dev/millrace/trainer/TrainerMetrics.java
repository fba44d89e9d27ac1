package dev.millrace.trainer;

import dev.millrace.trainer.learn.LearnerStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.ToDoubleFunction;

/** What is watched: {@code millrace_trainer_<what>_<unit>}. Thread-safe. */
final class TrainerMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    TrainerMetrics(Trainer trainer) {
        learner(trainer, "position_offset", "Next offset of the training log to apply", LearnerStatus::position);
        learner(trainer, "batches_total", "Log entries applied", LearnerStatus::batches);
        learner(trainer, "steps_total", "Optimizer updates", LearnerStatus::steps);
        learner(trainer, "samples_total", "New samples trained", LearnerStatus::samples);
        learner(trainer, "classes_count", "Labels known", LearnerStatus::classes);
        learner(
                trainer,
                "prequential_accuracy_ratio",
                "Cumulative test-then-train accuracy",
                LearnerStatus::prequentialAccuracy);
        learner(
                trainer,
                "window_accuracy_ratio",
                "Test-then-train accuracy of the latest window",
                LearnerStatus::windowAccuracy);
        learner(trainer, "loss", "Loss of the last step", LearnerStatus::loss);
        learner(trainer, "gradient_norm", "Global gradient norm before clipping", LearnerStatus::gradientNorm);
        learner(
                trainer,
                "refused_steps_total",
                "Steps refused for numbers that are not finite",
                LearnerStatus::refusedSteps);
        learner(trainer, "step_milliseconds", "Duration of the last step", LearnerStatus::stepMillis);
        gauge(trainer, "lag_batches", "Log entries waiting", Trainer::lag);
        gauge(trainer, "published_version", "Newest version announced by this process", Trainer::published);
        gauge(trainer, "promoted_version", "Newest version promoted by this process", Trainer::promoted);
        gauge(
                trainer,
                "troubles_count",
                "Things being waited for, see /readyz",
                t -> t.troubles().size());
    }

    PrometheusMeterRegistry registry() {
        return registry;
    }

    private void learner(Trainer trainer, String name, String description, ToDoubleFunction<LearnerStatus> value) {
        gauge(trainer, name, description, t -> value.applyAsDouble(t.status()));
    }

    private void gauge(Trainer trainer, String name, String description, ToDoubleFunction<Trainer> value) {
        Gauge.builder("millrace_trainer_" + name, trainer, value)
                .description(description)
                .register(registry);
    }
}
