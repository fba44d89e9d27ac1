package dev.millrace.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EmbeddingHealthTest {

    @Test
    void meanCosineIsThatOfAllPairs() {
        float[][] rows = Clusters.rows(40, 6, 3, 1);
        double sum = 0;
        for (int i = 0; i < 40; i++) {
            for (int j = 0; j < 40; j++) {
                sum += i == j ? 0 : cosine(rows[i], rows[j]);
            }
        }

        assertThat(EmbeddingHealth.of(rows).meanCosine()).isCloseTo(sum / (40 * 39), within(1e-6));
    }

    @Test
    void isotropicEmbeddingsHaveFullRankAndNoCommonDirection() {
        EmbeddingHealth health = EmbeddingHealth.of(gaussian(4_000, 16));

        assertThat(health.finite()).isTrue();
        assertThat(health.effectiveRank()).isBetween(15.9, 16.0);
        assertThat(health.meanCosine()).isCloseTo(0, within(0.01));
    }

    @Test
    void rankCountsTheDirectionsInUse() {
        float[][] rows = new float[400][10];
        Random random = new Random(1);
        for (int i = 0; i < rows.length; i++) {
            double angle = random.nextDouble() * 2 * Math.PI;
            rows[i][3] = (float) Math.cos(angle);
            rows[i][7] = (float) Math.sin(angle);
        }

        assertThat(EmbeddingHealth.of(rows).effectiveRank()).isCloseTo(2, within(0.01));
    }

    @Test
    void fewerSamplesThanDimensionsGiveTheSameFigures() {
        // Three corners of a triangle, embedded in five dimensions: two equal singular values once centred.
        float[][] rows = {{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}};
        EmbeddingHealth health = EmbeddingHealth.of(rows);

        assertThat(health.effectiveRank()).isCloseTo(2, within(1e-6));
        assertThat(health.meanCosine()).isCloseTo(0, within(1e-12));
    }

    @Test
    void collapsedEmbeddingsShow() {
        float[][] nearly = Clusters.rows(100, 8, 1, 0.01);
        float[][] same = new float[50][8];
        for (float[] row : same) {
            row[2] = 1;
        }

        assertThat(EmbeddingHealth.of(nearly).meanCosine()).isGreaterThan(0.99);
        assertThat(EmbeddingHealth.of(same)).isEqualTo(new EmbeddingHealth(true, 1, 1));
    }

    @Test
    void nonFiniteOrTooFewHaveNoFigures() {
        EmbeddingHealth broken = EmbeddingHealth.of(new float[][] {{1, 0}, {Float.NaN, 1}, {0, 1}});

        assertThat(broken.finite()).isFalse();
        assertThat(broken.meanCosine()).isNaN();
        assertThat(broken.effectiveRank()).isNaN();
        assertThat(EmbeddingHealth.of(new float[][] {{1, 0}}).effectiveRank()).isNaN();
        assertThat(EmbeddingHealth.of(new float[0][]).finite()).isTrue();
    }

    @Test
    void eigenvaluesAreThoseOfAKnownMatrix() {
        int n = 30;
        double[] expected = new double[n];
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            expected[i] = i * i - 40;
            matrix[i][i] = expected[i];
        }
        // Rotations in every plane hide the diagonal and keep the eigenvalues.
        Random random = new Random(2);
        for (int p = 0; p < n; p++) {
            for (int q = p + 1; q < n; q++) {
                rotate(matrix, p, q, random.nextDouble() * 6);
            }
        }

        assertThat(SymmetricEigenvalues.of(matrix)).containsExactly(expected, within(1e-9));
    }

    private static void rotate(double[][] matrix, int p, int q, double angle) {
        double c = Math.cos(angle);
        double s = Math.sin(angle);
        for (int k = 0; k < matrix.length; k++) {
            double a = matrix[k][p];
            double b = matrix[k][q];
            matrix[k][p] = c * a - s * b;
            matrix[k][q] = s * a + c * b;
        }
        for (int k = 0; k < matrix.length; k++) {
            double a = matrix[p][k];
            double b = matrix[q][k];
            matrix[p][k] = c * a - s * b;
            matrix[q][k] = s * a + c * b;
        }
    }

    private static float[][] gaussian(int samples, int dimension) {
        Random random = new Random(5);
        float[][] rows = new float[samples][dimension];
        for (float[] row : rows) {
            for (int d = 0; d < dimension; d++) {
                row[d] = (float) random.nextGaussian();
            }
        }
        return rows;
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int d = 0; d < a.length; d++) {
            ab += (double) a[d] * b[d];
            aa += (double) a[d] * a[d];
            bb += (double) b[d] * b[d];
        }
        return ab / Math.sqrt(aa * bb);
    }
}
