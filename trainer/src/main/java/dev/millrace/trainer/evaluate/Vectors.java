package dev.millrace.trainer.evaluate;

/** What embeddings have in common. Stateless. */
final class Vectors {
    private Vectors() {}

    /** A copy of length 1, or zeros if there is no direction: a zero vector, or one with a NaN or an infinity. */
    static float[] normalised(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        float[] result = new float[vector.length];
        if (!Double.isFinite(squares) || squares == 0) {
            return result;
        }
        double scale = 1 / Math.sqrt(squares);
        for (int d = 0; d < result.length; d++) {
            result[d] = (float) (vector[d] * scale);
        }
        return result;
    }

    static boolean isZero(float[] vector) {
        for (float value : vector) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    static boolean isFinite(float[][] rows) {
        for (float[] row : rows) {
            for (float value : row) {
                if (!Float.isFinite(value)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Index of the first largest score above 0, or -1 if there is none: no answer. */
    static int answer(double[] scores) {
        int best = -1;
        double highest = 0;
        for (int k = 0; k < scores.length; k++) {
            if (scores[k] > highest) {
                highest = scores[k];
                best = k;
            }
        }
        return best;
    }
}
