package dev.millrace.trainer.grpo;

/** Log-softmax in double precision. Stateless. */
public final class LogProbabilities {
    private LogProbabilities() {}

    /**
     * {@code log softmax(z / T)} of each row, with the row's maximum taken out first.
     *
     * @param logits {@code [batch][classes]}; not modified
     * @param temperature {@code T}, above 0
     * @return new arrays; a row with a NaN or {@code +inf} holds NaN
     */
    public static double[][] of(double[][] logits, double temperature) {
        double[][] result = new double[logits.length][];
        for (int row = 0; row < logits.length; row++) {
            result[row] = of(logits[row], temperature);
        }
        return result;
    }

    /** As {@link #of(double[][], double)} for one row {@code [classes]}. */
    public static double[] of(double[] logits, double temperature) {
        double[] result = new double[logits.length];
        for (int k = 0; k < logits.length; k++) {
            result[k] = logits[k] / temperature;
        }
        normalise(result);
        return result;
    }

    /**
     * The distribution given that the answer is one of {@code classes}.
     *
     * @return a new array in the order of {@code classes}
     */
    static double[] given(double[] logProbabilities, int[] classes) {
        double[] result = new double[classes.length];
        for (int i = 0; i < classes.length; i++) {
            result[i] = logProbabilities[classes[i]];
        }
        normalise(result);
        return result;
    }

    static boolean isFinite(double[] values) {
        for (double value : values) {
            if (!Double.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private static void normalise(double[] values) {
        double max = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            max = Math.max(max, value);
        }
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value - max);
        }
        double logSum = max + Math.log(sum);
        for (int k = 0; k < values.length; k++) {
            values[k] -= logSum;
        }
    }
}
