package dev.millrace.trainer.evaluate;

import java.util.Arrays;

/**
 * Regularised cross-entropy of a linear softmax classifier over a fixed set of rows. Not thread-safe: holds work space.
 *
 * <p>Parameters are {@code [classes][dimension + 1]}, flat, the bias last; the bias is a weight on a constant 1 and is not
 * regularised. Products in {@code float}, the loss in {@code double}.
 */
final class CrossEntropyLoss implements LimitedMemoryBfgs.Function {
    private final int samples;
    private final int width;
    private final int classes;
    private final int[] labels;
    private final double l2;
    private final float[] rows;
    private final float[] columns;
    private final float[] scores;

    CrossEntropyLoss(float[][] embeddings, int[] labels, int classes, double l2) {
        this.samples = embeddings.length;
        this.width = embeddings[0].length + 1;
        this.classes = classes;
        this.labels = labels;
        this.l2 = l2;
        this.rows = new float[samples * width];
        this.columns = new float[width * samples];
        this.scores = new float[classes * samples];
        for (int i = 0; i < samples; i++) {
            float[] x = Arrays.copyOf(Vectors.normalised(embeddings[i]), width);
            x[width - 1] = 1;
            for (int d = 0; d < width; d++) {
                rows[i * width + d] = x[d];
                columns[d * samples + i] = x[d];
            }
        }
    }

    @Override
    public LimitedMemoryBfgs.Point at(double[] x) {
        forward(x);
        double loss = residuals() / samples;
        double[] gradient = new double[x.length];
        float[] residuals = new float[samples];
        for (int k = 0; k < classes; k++) {
            float[] sums = new float[width];
            System.arraycopy(scores, k * samples, residuals, 0, samples);
            RowSums.add(rows, residuals, samples, sums);
            for (int d = 0; d < width; d++) {
                int at = k * width + d;
                double penalised = d < width - 1 ? l2 * x[at] : 0;
                gradient[at] = sums[d] / samples + penalised;
                loss += penalised * x[at] / 2;
            }
        }
        return new LimitedMemoryBfgs.Point(x, loss, gradient);
    }

    private void forward(double[] x) {
        float[] weights = new float[width];
        for (int k = 0; k < classes; k++) {
            for (int d = 0; d < width; d++) {
                weights[d] = (float) x[k * width + d];
            }
            float[] sums = new float[samples];
            RowSums.add(columns, weights, width, sums);
            System.arraycopy(sums, 0, scores, k * samples, samples);
        }
    }

    /** Turns scores into {@code softmax - onehot} in place and returns the summed loss. */
    private double residuals() {
        double loss = 0;
        for (int i = 0; i < samples; i++) {
            float highest = Float.NEGATIVE_INFINITY;
            for (int k = 0; k < classes; k++) {
                highest = Math.max(highest, scores[k * samples + i]);
            }
            int label = labels[i] * samples + i;
            double own = scores[label] - highest;
            double total = 0;
            for (int k = 0; k < classes; k++) {
                int at = k * samples + i;
                double exp = Math.exp(scores[at] - highest);
                scores[at] = (float) exp;
                total += exp;
            }
            loss += Math.log(total) - own;
            for (int k = 0; k < classes; k++) {
                scores[k * samples + i] /= (float) total;
            }
            scores[label] -= 1;
        }
        return loss;
    }
}
