package dev.millrace.trainer.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LogProbabilitiesTest {

    @Test
    void isTheLogOfTheSoftmaxAtTheTemperature() {
        double[] logPi = LogProbabilities.of(new double[] {2 * Math.log(1), 2 * Math.log(2), 2 * Math.log(5)}, 2);

        assertThat(logPi)
                .containsExactly(new double[] {Math.log(0.125), Math.log(0.25), Math.log(0.625)}, within(1e-12));
    }

    @Test
    void staysExactForHugeLogits() {
        double[] logPi = LogProbabilities.of(new double[] {1e6, 1e6 - 1, -1e6}, 1);

        assertThat(logPi[0] - logPi[1]).isCloseTo(1, within(1e-9));
        assertThat(logPi[2]).isCloseTo(-2e6, within(1.0));
    }

    @Test
    void aNaNSpoilsItsOwnRowOnly() {
        double[][] logPi = LogProbabilities.of(new double[][] {{0, Double.NaN}, {0, 0}}, 1);

        assertThat(logPi[0]).containsOnly(Double.NaN);
        assertThat(logPi[1]).containsExactly(-Math.log(2), -Math.log(2));
    }
}
