package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SeededRandomTest {

    /** First outputs of SplitMix64 for seed 1234567, as published with the reference implementation. */
    @Test
    void isSplitMix64() {
        SeededRandom random = new SeededRandom(1234567);

        assertThat(random.nextLong()).isEqualTo(6457827717110365317L);
        assertThat(random.nextLong()).isEqualTo(3203168211198807973L);
        assertThat(random.nextLong()).isEqualTo(-8629252141511181193L);
        assertThat(new SeededRandom(42).nextLong()).isEqualTo(new SplittableRandom(42).nextLong());
    }

    @Test
    void continuesFromItsState() {
        SeededRandom first = new SeededRandom(5);
        first.nextInt(10);
        first.nextDouble();
        SeededRandom second = new SeededRandom(first.state());

        for (int i = 0; i < 20; i++) {
            assertThat(second.nextInt(1_000)).isEqualTo(first.nextInt(1_000));
        }
    }

    @Test
    void boundedDrawsAreEvenAndInRange() {
        SeededRandom random = new SeededRandom(6);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[random.nextInt(7)]++;
            assertThat(random.nextDouble()).isBetween(0.0, Math.nextDown(1.0));
        }

        assertThat(counts).satisfies(all -> {
            for (int count : all) {
                assertThat(count).isBetween(9_600, 10_400); // four standard deviations
            }
        });
        assertThat(random.nextInt(Integer.MAX_VALUE)).isNotNegative();
        assertThatThrownBy(() -> random.nextInt(0)).hasMessageContaining("was 0");
    }
}
