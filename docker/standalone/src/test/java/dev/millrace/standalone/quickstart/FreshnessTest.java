package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreshnessTest {
    private static final Instant START = Instant.parse("2026-02-03T04:05:06Z");

    private final Freshness freshness = new Freshness(START);

    @Test
    void endsWithTheFirstVersionThatKnowsTheBatch() {
        freshness.trained(0, List.of(at(0), at(1)));
        freshness.trained(1, List.of(at(2)));

        freshness.serving(1, at(10));
        freshness.serving(2, at(20));
        freshness.serving(3, at(30));

        assertThat(freshness.percentile(1 / 3.0)).contains(Duration.ofSeconds(9));
        assertThat(freshness.percentile(2 / 3.0)).contains(Duration.ofSeconds(10));
        assertThat(freshness.percentile(1)).contains(Duration.ofSeconds(18));
    }

    @Test
    void isUnknownBeforeTheFirstSwapThatCounts() {
        freshness.trained(5, List.of(at(0)));
        freshness.serving(5, at(3));

        assertThat(freshness.percentile(0.5)).isEmpty();
    }

    @Test
    void leavesOutSamplesFromBeforeTheStart() {
        freshness.trained(0, List.of(at(-100), at(1)));
        freshness.serving(1, at(4));

        assertThat(freshness.percentile(1)).contains(Duration.ofSeconds(3));
    }

    @Test
    void takesTheNearestRank() {
        freshness.trained(
                0, IntStream.rangeClosed(1, 100).mapToObj(FreshnessTest::at).toList());
        freshness.serving(1, at(101));

        assertThat(freshness.percentile(0.5)).contains(Duration.ofSeconds(50));
        assertThat(freshness.percentile(0.99)).contains(Duration.ofSeconds(99));
    }

    private static Instant at(int seconds) {
        return START.plusSeconds(seconds);
    }
}
