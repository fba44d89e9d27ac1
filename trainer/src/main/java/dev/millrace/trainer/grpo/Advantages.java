package dev.millrace.trainer.grpo;

/** Group-relative advantages. Stateless. Source: GRPO, arXiv 2402.03300; the floor is ours. */
final class Advantages {
    /** Standard deviation of the rewards below which a group carries no signal. */
    static final double ZERO_STD = 1e-8;

    private Advantages() {}

    static double mean(double[] rewards) {
        double sum = 0;
        for (double reward : rewards) {
            sum += reward;
        }
        return sum / rewards.length;
    }

    /** Root of the mean squared deviation; of a group of one, 0. With {@code sample} the divisor is {@code n - 1}. */
    static double std(double[] rewards, boolean sample) {
        int n = rewards.length;
        if (n < 2) {
            return 0;
        }
        double mean = mean(rewards);
        double squares = 0;
        for (double reward : rewards) {
            squares += (reward - mean) * (reward - mean);
        }
        return Math.sqrt(squares / (sample ? n - 1 : n));
    }

    /**
     * {@code A_i = (r_i - mean(r)) / divisor}.
     *
     * @param rewards {@code [n]}, finite; not modified
     * @param std standard deviation of the group
     * @param batchStd standard deviation of all rewards in the batch
     * @return a new array {@code [n]} with mean 0; all zeros where {@code std} is below {@link #ZERO_STD}
     */
    static double[] of(AdvantageConfig config, double[] rewards, double std, double batchStd) {
        double[] advantages = new double[rewards.length];
        if (std < ZERO_STD) {
            return advantages;
        }
        double mean = mean(rewards);
        double divisor = switch (config.scale()) {
            case GROUP_STD -> Math.max(std, config.sigmaFloor() / Math.sqrt(rewards.length));
            case NONE -> 1;
            case BATCH_STD -> batchStd;
        };
        for (int i = 0; i < advantages.length; i++) {
            advantages[i] = (rewards[i] - mean) / divisor;
        }
        return advantages;
    }
}
