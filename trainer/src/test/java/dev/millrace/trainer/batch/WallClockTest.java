package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class WallClockTest {
    private final AtomicLong wallMillis = new AtomicLong(1_000_000);
    private final AtomicLong steadyNanos = new AtomicLong();
    private final WallClock clock = new WallClock(wallMillis::get, steadyNanos::get);

    private void pass(long wall, long steady) {
        wallMillis.addAndGet(wall);
        steadyNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(steady));
    }

    @Test
    void tellsOnceThatItWasSetBack() {
        pass(-7_200_000, 2_000);

        assertThat(clock.wentBack()).isTrue();
        assertThat(clock.wentBack()).isFalse();
    }

    @Test
    void takesNoOffenceAtTimeThatPassesOrJumpsForward() {
        pass(2_000, 2_000);
        assertThat(clock.wentBack()).isFalse();

        pass(7_200_000, 2_000);
        assertThat(clock.wentBack()).isFalse();

        pass(1_500, 2_000); // as a clock does that is slewed
        assertThat(clock.wentBack()).isFalse();
    }
}
