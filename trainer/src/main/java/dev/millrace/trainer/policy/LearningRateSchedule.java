package dev.millrace.trainer.policy;

import dev.millrace.contract.Range;

/**
 * Factor on every learning rate as a function of the update's number alone. Immutable.
 *
 * <p>Linear warm-up, then constant or a cosine from 1 down to the floor that starts again after each cycle: {@code floor +
 * (1 - floor) (1 + cos(pi t / cycle)) / 2}. Source: SGDR, Loshchilov and Hutter, arXiv 1608.03983. A stream has no last step,
 * so there is no decay to zero.
 *
 * @param shape what follows the warm-up; default CONSTANT
 * @param warmupSteps updates until the full rate is reached; default 20. Too few: the first steps, with moments still
 *     empty, move the weights too far
 * @param cycleSteps updates of one cosine cycle; without meaning for CONSTANT
 * @param floor smallest factor of the cosine; without meaning for CONSTANT
 */
public record LearningRateSchedule(
        Shape shape,
        @Range(min = 0, max = 1_000_000) int warmupSteps,
        @Range(min = 1, max = 1_000_000_000) int cycleSteps,
        @Range(min = 0, max = 1) double floor) {

    /** What follows the warm-up. */
    public enum Shape {
        /** The full rate. */
        CONSTANT,
        /** Cosine cycles with warm restarts. */
        COSINE
    }

    /**
     * Factor on every base learning rate.
     *
     * @param step number of the update, from 1
     * @return in [0, 1]
     */
    public double factor(long step) {
        if (step <= warmupSteps) {
            return (double) step / warmupSteps;
        }
        if (shape == Shape.CONSTANT) {
            return 1;
        }
        double turn = (double) ((step - 1 - warmupSteps) % cycleSteps) / cycleSteps;
        return floor + (1 - floor) * (1 + StrictMath.cos(Math.PI * turn)) / 2;
    }
}
