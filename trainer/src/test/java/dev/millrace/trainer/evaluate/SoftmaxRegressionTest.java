package dev.millrace.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SoftmaxRegressionTest {

    @Test
    void gradientEqualsFiniteDifferences() {
        CrossEntropyLoss loss = new CrossEntropyLoss(Clusters.rows(30, 4, 3, 1), Clusters.labels(30, 3), 3, 0.1);
        double[] x = new Random(1).doubles(15, -1, 1).toArray();
        double[] gradient = loss.at(x).gradient();
        double step = 1e-2; // products are float: a smaller step would measure rounding
        for (int i = 0; i < x.length; i++) {
            double[] up = x.clone();
            double[] down = x.clone();
            up[i] += step;
            down[i] -= step;
            double difference = (loss.at(up).value() - loss.at(down).value()) / (2 * step);
            assertThat(gradient[i]).isCloseTo(difference, within(1e-4));
        }
    }

    @Test
    void endsWhereTheGradientVanishes() {
        float[][] rows = Clusters.rows(300, 8, 4, 2);
        int[] labels = Clusters.labels(300, 4);
        CrossEntropyLoss loss = new CrossEntropyLoss(rows, labels, 4, 1e-2);
        double[] start = new double[4 * 9];
        double[] best = LimitedMemoryBfgs.minimise(loss, start, 2, new LimitedMemoryBfgs.Stop(200, 1e-9));

        assertThat(length(loss.at(best).gradient()))
                .isLessThan(1e-3 * length(loss.at(start).gradient()));
        assertThat(loss.at(best).value()).isLessThan(loss.at(start).value());
    }

    @Test
    void separatesClassesItHasSeen() {
        float[][] rows = Clusters.rows(200, 10, 5, 0.5);
        SoftmaxRegression probe = SoftmaxRegression.fit(rows, Clusters.labels(200, 5), 5, 3e-5);
        float[][] fresh = Clusters.rows(100, 10, 5, new Random(9), 0.5);
        for (int i = 0; i < 100; i++) {
            double[] probabilities = probe.probabilities(fresh[i]);
            assertThat(Arrays.stream(probabilities).sum()).isCloseTo(1, within(1e-12));
            assertThat(Vectors.answer(probabilities)).isEqualTo(i % 5);
        }
    }

    @Test
    void sameInputGivesTheSameBits() {
        float[][] rows = Clusters.rows(100, 10, 5, 1);
        int[] labels = Clusters.labels(100, 5);

        assertThat(SoftmaxRegression.fit(rows, labels, 5, 3e-5).probabilities(rows[0]))
                .containsExactly(SoftmaxRegression.fit(rows, labels, 5, 3e-5).probabilities(rows[0]));
    }

    @Test
    void oneClassIsAlwaysTheAnswer() {
        float[][] rows = Clusters.rows(10, 4, 1, 1);

        assertThat(SoftmaxRegression.fit(rows, new int[10], 1, 3e-5).probabilities(rows[3]))
                .containsExactly(1);
        assertThatThrownBy(() -> SoftmaxRegression.fit(rows, new int[10], 1, 0)).hasMessageContaining("was 0");
    }

    private static double length(double[] vector) {
        return Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
    }
}
