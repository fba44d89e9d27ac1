package dev.millrace.trainer.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded Gaussian clusters, one per class. */
final class Clusters {
    private Clusters() {}

    /** Row {@code i} belongs to class {@code i % classes}; {@code centres} picks the class centres. */
    static float[][] rows(int samples, int dimension, int classes, double noise) {
        return rows(samples, dimension, classes, new Random(7), noise);
    }

    static float[][] rows(int samples, int dimension, int classes, Random random, double noise) {
        Random centres = new Random(3);
        float[][] means = new float[classes][dimension];
        for (float[] mean : means) {
            for (int d = 0; d < dimension; d++) {
                mean[d] = (float) centres.nextGaussian();
            }
        }
        float[][] rows = new float[samples][dimension];
        for (int i = 0; i < samples; i++) {
            for (int d = 0; d < dimension; d++) {
                rows[i][d] = (float) (means[i % classes][d] + noise * random.nextGaussian());
            }
        }
        return rows;
    }

    static int[] labels(int samples, int classes) {
        int[] labels = new int[samples];
        for (int i = 0; i < samples; i++) {
            labels[i] = i % classes;
        }
        return labels;
    }

    static List<String> names(int samples, int classes) {
        List<String> names = new ArrayList<>();
        for (int label : labels(samples, classes)) {
            names.add("class " + label);
        }
        return names;
    }
}
