package dev.millrace.trainer.evaluate;

/**
 * Whether embeddings still fill their space. Immutable.
 *
 * @param finite no NaN and no infinity
 * @param meanCosine mean cosine over all pairs of different samples, near 1 when everything looks alike; NaN for fewer than
 *     two samples or if not finite
 * @param effectiveRank {@code exp(entropy)} of the singular values, normalised to sum 1, of the centred, normalised
 *     embeddings (Roy and Vetterli, "The effective rank", 2007): at least 1, at most the smaller of dimension and samples - 1;
 *     NaN where {@code meanCosine} is
 */
public record EmbeddingHealth(boolean finite, double meanCosine, double effectiveRank) {

    /**
     * Measures embeddings.
     *
     * @param embeddings {@code [samples][dimension]}; not modified
     */
    public static EmbeddingHealth of(float[][] embeddings) {
        boolean finite = Vectors.isFinite(embeddings);
        if (!finite || embeddings.length < 2) {
            return new EmbeddingHealth(finite, Double.NaN, Double.NaN);
        }
        double[][] rows = new double[embeddings.length][];
        double[] sum = new double[embeddings[0].length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = doubles(Vectors.normalised(embeddings[i]));
            for (int d = 0; d < sum.length; d++) {
                sum[d] += rows[i][d];
            }
        }
        double meanCosine = meanCosine(rows, sum);
        centre(rows, sum);
        return new EmbeddingHealth(true, meanCosine, effectiveRank(rows));
    }

    /** Over all pairs without visiting them: {@code |sum of rows|^2} holds every pair twice and every row's own square. */
    private static double meanCosine(double[][] rows, double[] sum) {
        double own = 0;
        for (double[] row : rows) {
            own += squares(row);
        }
        double n = rows.length;
        return (squares(sum) - own) / (n * (n - 1));
    }

    private static void centre(double[][] rows, double[] sum) {
        for (double[] row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] -= sum[d] / rows.length;
            }
        }
    }

    private static double effectiveRank(double[][] centred) {
        boolean tall = centred.length >= centred[0].length;
        double[] eigenvalues = SymmetricEigenvalues.of(gram(tall ? centred : transposed(centred)));
        double largest = eigenvalues[eigenvalues.length - 1];
        // Rounding leaves crumbs where the true value is 0; their roots would count.
        double crumbs = largest * 1e-12;
        double total = 0;
        for (double eigenvalue : eigenvalues) {
            total += eigenvalue > crumbs ? Math.sqrt(eigenvalue) : 0;
        }
        double entropy = 0;
        for (double eigenvalue : eigenvalues) {
            if (eigenvalue > crumbs) {
                double share = Math.sqrt(eigenvalue) / total;
                entropy -= share * Math.log(share);
            }
        }
        return Math.exp(entropy);
    }

    /** {@code M' M} of {@code M [rows][columns]}, row by row so that the inner loop runs along memory. */
    private static double[][] gram(double[][] rows) {
        int columns = rows[0].length;
        double[][] gram = new double[columns][columns];
        for (double[] row : rows) {
            for (int a = 0; a < columns; a++) {
                double factor = row[a];
                double[] target = gram[a];
                for (int b = 0; b < columns; b++) {
                    target[b] += factor * row[b];
                }
            }
        }
        return gram;
    }

    private static double[][] transposed(double[][] matrix) {
        double[][] result = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                result[j][i] = matrix[i][j];
            }
        }
        return result;
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[i];
        }
        return result;
    }

    private static double squares(double[] vector) {
        double sum = 0;
        for (double value : vector) {
            sum += value * value;
        }
        return sum;
    }
}
