package dev.millrace.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NearestNeighboursTest {
    private static final NearestNeighbours KNN = new NearestNeighbours(20, 0.07);

    @ParameterizedTest
    @ValueSource(ints = {1, 19, 256, 257, 700})
    void votesAreThoseOfThePlainComputation(int rows) {
        int dimension = 13;
        float[][] embeddings = Clusters.rows(rows, dimension, 5, 1.5);
        int[] labels = Clusters.labels(rows, 5);
        Gallery gallery = gallery(embeddings, labels, rows);
        for (float[] query : Clusters.rows(10, dimension, 5, new Random(11), 1.5)) {
            double[] votes = KNN.votes(query, gallery, 5);

            assertThat(votes).containsExactly(plainVotes(query, embeddings, labels), within(1e-4));
            assertThat(Arrays.stream(votes).sum()).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void fullGalleryForgetsTheOldestRow() {
        Gallery gallery = new Gallery(2, 2);
        gallery.add(new float[] {1, 0}, 0);
        gallery.add(new float[] {0, 1}, 1);
        gallery.add(new float[] {0, -1}, 2);

        assertThat(gallery.size()).isEqualTo(2);
        assertThat(KNN.votes(new float[] {1, 0}, gallery, 3))
                .containsExactly(new double[] {0, 0.5, 0.5}, within(1e-12));
        assertThat(KNN.predict(new float[] {0, -3}, gallery, 3)).isEqualTo(2);
    }

    @Test
    void vectorsWithoutADirectionAreNeitherStoredNorAnswered() {
        Gallery gallery = new Gallery(2, 5);

        assertThat(gallery.add(new float[] {0, 0}, 0)).isFalse();
        assertThat(gallery.add(new float[] {1, Float.NaN}, 0)).isFalse();
        assertThat(gallery.add(new float[] {Float.POSITIVE_INFINITY, 0}, 0)).isFalse();
        assertThat(KNN.predict(new float[] {1, 0}, gallery, 2)).isEqualTo(-1);
        assertThat(gallery.add(new float[] {1, 1}, 1)).isTrue();
        assertThat(KNN.predict(new float[] {Float.NaN, 0}, gallery, 2)).isEqualTo(-1);
        assertThat(KNN.votes(new float[] {0, 0}, gallery, 2)).containsOnly(0);
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> new NearestNeighbours(0, 1)).hasMessageContaining("evaluation.neighbours");
        assertThatThrownBy(() -> new NearestNeighbours(1, 0)).hasMessageContaining("evaluation.voteTemperature");
        assertThatThrownBy(() -> new Gallery(0, 1)).hasMessageContaining("were 0 and 1");
        assertThatThrownBy(() -> new Gallery(3, 1).add(new float[2], 0)).hasMessageContaining("3 values, had 2");
        assertThatThrownBy(() -> new EvaluationConfig(20, 0.07, 0)).hasMessageContaining("evaluation.probeL2");
    }

    private static Gallery gallery(float[][] embeddings, int[] labels, int capacity) {
        Gallery gallery = new Gallery(embeddings[0].length, capacity);
        for (int i = 0; i < embeddings.length; i++) {
            gallery.add(embeddings[i], labels[i]);
        }
        return gallery;
    }

    private static double[] plainVotes(float[] query, float[][] embeddings, int[] labels) {
        double[] cosines = Arrays.stream(embeddings)
                .mapToDouble(row -> dot(query, row) / Math.sqrt(dot(query, query) * dot(row, row)))
                .toArray();
        int[] nearest = IntStream.range(0, cosines.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -cosines[i]))
                .limit(20)
                .mapToInt(i -> i)
                .toArray();
        double[] votes = new double[5];
        double total = Arrays.stream(nearest)
                .mapToDouble(i -> Math.exp(cosines[i] / 0.07))
                .sum();
        for (int i : nearest) {
            votes[labels[i]] += Math.exp(cosines[i] / 0.07) / total;
        }
        return votes;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += (double) a[d] * b[d];
        }
        return sum;
    }
}
