package dev.millrace.trainer.evaluate;

/**
 * Eigenvalues of a symmetric matrix. Stateless.
 *
 * <p>Householder reduction to tridiagonal form, then bisection on the number of eigenvalues below a point. Source: Golub
 * and Van Loan, "Matrix Computations", sections 8.3.1 and 8.4.1.
 */
final class SymmetricEigenvalues {
    private static final int BISECTIONS = 60;
    /** In place of a zero pivot, so that the next quotient stays finite. */
    private static final double TINY = 1e-300;

    private SymmetricEigenvalues() {}

    /**
     * All eigenvalues, ascending.
     *
     * @param matrix {@code [n][n]}, symmetric and finite; overwritten
     */
    static double[] of(double[][] matrix) {
        int n = matrix.length;
        double[] diagonal = new double[n];
        double[] off = new double[n];
        for (int k = 0; k < n; k++) {
            diagonal[k] = matrix[k][k];
            off[k] = k + 1 < n ? reflect(matrix, k) : 0;
        }
        return bisect(diagonal, off);
    }

    /** Zeroes column {@code k} below the subdiagonal, transforms the rest and returns the subdiagonal element. */
    private static double reflect(double[][] matrix, int k) {
        int n = matrix.length;
        double[] v = new double[n];
        double squares = 0;
        for (int i = k + 1; i < n; i++) {
            v[i] = matrix[i][k];
            squares += v[i] * v[i];
        }
        double alpha = v[k + 1] > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
        double head = v[k + 1] - alpha;
        double length = Math.sqrt(squares - v[k + 1] * v[k + 1] + head * head);
        if (length == 0) {
            return 0;
        }
        v[k + 1] = head;
        for (int i = k + 1; i < n; i++) {
            v[i] /= length;
        }
        applyReflection(matrix, v, k + 1);
        return alpha;
    }

    /** {@code A <- H A H} with {@code H = I - 2 v v'}, on rows and columns from {@code from} on. */
    private static void applyReflection(double[][] matrix, double[] v, int from) {
        int n = v.length;
        double[] w = new double[n];
        for (int i = from; i < n; i++) {
            double[] row = matrix[i];
            double factor = v[i];
            for (int j = from; j < n; j++) {
                w[j] += factor * row[j];
            }
        }
        double projection = 0;
        for (int i = from; i < n; i++) {
            projection += v[i] * w[i];
        }
        for (int i = from; i < n; i++) {
            w[i] -= projection * v[i];
        }
        for (int i = from; i < n; i++) {
            double[] row = matrix[i];
            double left = 2 * v[i];
            double right = 2 * w[i];
            for (int j = from; j < n; j++) {
                row[j] -= left * w[j] + right * v[j];
            }
        }
    }

    private static double[] bisect(double[] diagonal, double[] off) {
        int n = diagonal.length;
        double bound = 0;
        for (int i = 0; i < n; i++) {
            double before = i > 0 ? Math.abs(off[i - 1]) : 0;
            bound = Math.max(bound, Math.abs(diagonal[i]) + Math.abs(off[i]) + before);
        }
        double[] values = new double[n];
        for (int k = 0; k < n; k++) {
            double low = k > 0 ? values[k - 1] : -bound;
            double high = bound;
            for (int i = 0; i < BISECTIONS && low < high; i++) {
                double middle = low + (high - low) / 2;
                if (countBelow(diagonal, off, middle) > k) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            values[k] = low;
        }
        return values;
    }

    /** Number of eigenvalues below {@code x}: negative pivots of the factorised, shifted matrix (Sylvester's inertia). */
    private static int countBelow(double[] diagonal, double[] off, double x) {
        int count = 0;
        double pivot = 1;
        for (int i = 0; i < diagonal.length; i++) {
            double before = i > 0 ? off[i - 1] : 0;
            pivot = diagonal[i] - x - before * before / pivot;
            if (pivot == 0) {
                pivot = TINY;
            }
            if (pivot < 0) {
                count++;
            }
        }
        return count;
    }
}
