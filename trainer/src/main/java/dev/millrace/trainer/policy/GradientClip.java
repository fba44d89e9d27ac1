package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;
import java.util.Map;

/**
 * Clipping by the global norm. Immutable.
 *
 * <p>The norm is one sequential sum of squares in {@code double}, over the parameters in the map's order, so it has the
 * same bits in every run. Source: Pascanu, Mikolov and Bengio, arXiv 1211.5063.
 *
 * @param maxNorm largest norm let through, above 0; default 1
 */
public record GradientClip(double maxNorm) {
    private static final int CHUNK = 4096;

    public GradientClip {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("clipNorm must be above 0, was " + maxNorm);
        }
    }

    /** What may be done with the gradients of a step. */
    public sealed interface Outcome permits Accepted, Refused {}

    /**
     * Go on.
     *
     * @param norm global norm before clipping
     * @param scale factor on every gradient, in (0, 1]; hand it to {@link AdamW.Step}
     */
    public record Accepted(double norm, double scale) implements Outcome {}

    /**
     * A gradient holds a NaN or an infinity: no weight may change in this step.
     *
     * @param parameter the first one found
     */
    public record Refused(String parameter) implements Outcome {}

    /**
     * Measures the gradients; changes nothing.
     *
     * @param gradients by parameter name, in an order that is the same in every run; each is read from its position to its
     *     limit, position and limit stay
     */
    public Outcome measure(Map<String, FloatBuffer> gradients) {
        float[] chunk = new float[CHUNK];
        double squares = 0;
        for (Map.Entry<String, FloatBuffer> gradient : gradients.entrySet()) {
            squares = add(squares, gradient.getValue(), chunk);
            if (!Double.isFinite(squares)) {
                return new Refused(gradient.getKey());
            }
        }
        double norm = Math.sqrt(squares);
        return new Accepted(norm, norm > maxNorm ? maxNorm / norm : 1);
    }

    private static double add(double squares, FloatBuffer gradient, float[] chunk) {
        double sum = squares;
        for (int from = gradient.position(); from < gradient.limit(); from += CHUNK) {
            int length = Math.min(CHUNK, gradient.limit() - from);
            gradient.get(from, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                sum += (double) chunk[i] * chunk[i];
            }
        }
        return sum;
    }
}
