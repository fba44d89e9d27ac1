package dev.millrace.trainer.evaluate;

/**
 * A linear classifier trained by cross-entropy on frozen embeddings: the usual linear probe. Immutable.
 *
 * <p>Minimises {@code mean(-log softmax(W x + b)_y) + l2 / 2 |W|^2} over the full batch of normalised embeddings, from
 * zeros, with {@link LimitedMemoryBfgs}; the same input gives the same bits.
 */
public final class SoftmaxRegression {
    private static final LimitedMemoryBfgs.Stop STOP = new LimitedMemoryBfgs.Stop(100, 1e-5);
    /** Inverse of the largest curvature: the loss's Hessian is at most 1/2 for rows of length 1. */
    private static final double FIRST_STEP = 2;

    private final int classes;
    private final int dimension;
    private final double[] parameters;

    private SoftmaxRegression(int classes, int dimension, double[] parameters) {
        this.classes = classes;
        this.dimension = dimension;
        this.parameters = parameters;
    }

    /**
     * Trains on all rows.
     *
     * @param embeddings {@code [samples][dimension]}, at least one, finite; not modified
     * @param labels {@code [samples]}, each in {@code [0, classes)}; not modified
     * @param classes number of classes
     * @param l2 regularisation of the weights, above 0; default 3e-5
     */
    public static SoftmaxRegression fit(float[][] embeddings, int[] labels, int classes, double l2) {
        if (!(l2 > 0)) {
            throw new IllegalArgumentException("evaluation.probeL2 must be above 0, was " + l2);
        }
        int dimension = embeddings[0].length;
        CrossEntropyLoss loss = new CrossEntropyLoss(embeddings, labels, classes, l2);
        double[] start = new double[classes * (dimension + 1)];
        double[] parameters = LimitedMemoryBfgs.minimise(loss, start, FIRST_STEP, STOP);
        return new SoftmaxRegression(classes, dimension, parameters);
    }

    /**
     * Probabilities of one embedding.
     *
     * @param embedding {@code [dimension]}; not modified
     * @return a new array {@code [classes]} with sum 1
     */
    public double[] probabilities(float[] embedding) {
        float[] x = Vectors.normalised(embedding);
        double[] result = new double[classes];
        double highest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            int base = k * (dimension + 1);
            result[k] = parameters[base + dimension];
            for (int d = 0; d < dimension; d++) {
                result[k] += parameters[base + d] * x[d];
            }
            highest = Math.max(highest, result[k]);
        }
        double total = 0;
        for (int k = 0; k < classes; k++) {
            result[k] = Math.exp(result[k] - highest);
            total += result[k];
        }
        for (int k = 0; k < classes; k++) {
            result[k] /= total;
        }
        return result;
    }
}
