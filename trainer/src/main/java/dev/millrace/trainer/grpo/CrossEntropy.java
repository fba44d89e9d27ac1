package dev.millrace.trainer.grpo;

import java.util.BitSet;
import java.util.Optional;

/**
 * The baseline: {@code loss = -log pi_y}, {@code dLoss/dz = (pi - onehot(y)) / T}, batch mean. Immutable.
 *
 * @param temperature {@code T} in {@code pi = softmax(z / T)}
 */
record CrossEntropy(double temperature) implements Objective {

    @Override
    public StepResult evaluate(double[][] logits, double[][] logPiOld, int[] targets, BitSet retired) {
        Screening.requireSameBatch(logits, logPiOld, targets);
        Screening screening = new Screening();
        double[][] gradient = new double[logits.length][];
        double loss = 0;
        for (int row = 0; row < logits.length; row++) {
            gradient[row] = new double[logits[row].length];
            int[] active = Screening.active(logits[row].length, retired);
            double[] logPi = LogProbabilities.of(logits[row], temperature);
            if (!screening.refuses(logits[row], logPi, targets[row], active)) {
                loss += sample(
                        LogProbabilities.given(logPi, active), active, targets[row], gradient[row], logits.length);
            }
        }
        int used = logits.length - screening.total();
        return new StepResult(gradient, loss, used, screening.skipped(), 0, Optional.empty());
    }

    /** Fills one gradient row and returns the sample's share of the loss. */
    private double sample(double[] logPi, int[] active, int target, double[] gradient, int batch) {
        double loss = 0;
        for (int i = 0; i < active.length; i++) {
            boolean correct = active[i] == target;
            gradient[active[i]] = (Math.exp(logPi[i]) - (correct ? 1 : 0)) / (temperature * batch);
            loss -= correct ? logPi[i] / batch : 0;
        }
        return loss;
    }
}
