package dev.millrace.trainer.batch;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

final class ThreadFailuresTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH.plusSeconds(1_000_000));
    private final ThreadFailures failures = new ThreadFailures(now::get);

    @Test
    void replacesAThreadAndSaysWhyUntilItHasProvenItself() {
        var response = failures.handle(new StreamsException("lost", new TimeoutException("no answer")));

        assertThat(response).isEqualTo(REPLACE_THREAD);
        assertThat(failures.problem()).hasValueSatisfying(health -> {
            assertThat(health.state()).isEqualTo(FormerHealth.State.RECOVERING);
            assertThat(health.cause()).contains("no answer");
        });
        now.updateAndGet(time -> time.plusSeconds(10));
        assertThat(failures.problem()).isEmpty();
    }

    @Test
    void givesUpOnWhatDoesNotPass() {
        var response = failures.handle(new OutOfMemoryError("heap"));

        assertThat(response).isEqualTo(SHUTDOWN_CLIENT);
        now.updateAndGet(time -> time.plusSeconds(1_000));
        assertThat(failures.problem())
                .hasValueSatisfying(health -> assertThat(health.state()).isEqualTo(FormerHealth.State.FAILED));
    }

    @Test
    void doesNotKeepItsOwnerWaiting() {
        failures.handle(new StreamsException("first"));
        failures.handle(new StreamsException("second"));
        CompletableFuture<?> third =
                CompletableFuture.supplyAsync(() -> failures.handle(new StreamsException("third")));
        await().until(() -> failures.problem().orElseThrow().cause().contains("third"));

        failures.close();

        assertThat(third.join()).isEqualTo(SHUTDOWN_CLIENT);
        assertThat(failures.handle(new StreamsException("late"))).isEqualTo(SHUTDOWN_CLIENT);
    }
}
