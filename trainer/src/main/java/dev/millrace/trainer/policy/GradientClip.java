package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Clipping by the global norm. Immutable.
 *
 * <p>Source: Pascanu, Mikolov and Bengio, arXiv 1211.5063.
 *
 * @param maxNorm largest norm let through, above 0; default 1
 */
public record GradientClip(double maxNorm) {
    private static final int CHUNK = 2048;

    public GradientClip {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("clipNorm must be above 0, was " + maxNorm);
        }
    }

    /**
     * Factor on every gradient.
     *
     * @param norm global norm of all of them, finite
     * @return in (0, 1]; hand it to {@link AdamW.Step}
     */
    public double scale(double norm) {
        return norm > maxNorm ? maxNorm / norm : 1;
    }

    /**
     * The L2 norm of all gradients as one vector. A sum of squares in {@code double}, slice by slice and always in the same
     * order, so it has the same bits in every run, with any number of threads.
     *
     * @param gradients in an order that is the same in every run; each is read from its position to its limit, both stay
     * @return NaN or infinite if an element is: then no weight may change in this step
     */
    static double norm(List<FloatBuffer> gradients, Workers workers) {
        List<Slice> slices = Slice.of(gradients);
        double[] squares = new double[slices.size()];
        workers.forEach(
                squares.length,
                i -> squares[i] = squares(gradients.get(slices.get(i).tensor()), slices.get(i)));
        double sum = 0;
        for (double part : squares) {
            sum += part;
        }
        return Math.sqrt(sum);
    }

    /** Adds in four lanes: one sum alone would wait for itself at every element. */
    private static double squares(FloatBuffer gradient, Slice slice) {
        float[] chunk = new float[CHUNK];
        double sum = 0;
        for (int from = slice.from(); from < slice.to(); from += CHUNK) {
            int length = Math.min(CHUNK, slice.to() - from);
            gradient.get(gradient.position() + from, chunk, 0, length);
            Arrays.fill(chunk, length, CHUNK, 0);
            double first = 0;
            double second = 0;
            double third = 0;
            double fourth = 0;
            for (int i = 0; i < CHUNK; i += 4) {
                first += (double) chunk[i] * chunk[i];
                second += (double) chunk[i + 1] * chunk[i + 1];
                third += (double) chunk[i + 2] * chunk[i + 2];
                fourth += (double) chunk[i + 3] * chunk[i + 3];
            }
            sum += first + second + (third + fourth);
        }
        return sum;
    }
}
