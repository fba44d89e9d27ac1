package dev.millrace.trainer.policy;

/**
 * Linear warm-up, then constant. Immutable.
 *
 * @param warmUpSteps steps until the full rate is reached, 0 or more; default 20. Too few: the first steps, with moments
 *     still empty, move the weights too far
 */
public record LearningRateSchedule(int warmUpSteps) {

    public LearningRateSchedule {
        if (warmUpSteps < 0) {
            throw new IllegalArgumentException("warmUpSteps must be at least 0, was " + warmUpSteps);
        }
    }

    /**
     * Factor on every base learning rate.
     *
     * @param step number of the update, from 1
     * @return in (0, 1]
     */
    public double factor(long step) {
        return step >= warmUpSteps ? 1 : (double) step / warmUpSteps;
    }
}
