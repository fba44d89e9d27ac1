package dev.millrace.trainer.grpo;

import dev.millrace.trainer.grpo.GroupConfig.Softmax;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * GRPO over an enumerated class set, without a reference model. Owned by the trainer thread.
 *
 * <p>Maximises {@code J = mean over batch of reduce over the group of surrogate(rho_i, A_i)}; the loss is {@code -J}. With
 * {@code w_i = dJ_i / dlog pi_i} from {@link Surrogate} and {@code c} the reduction factor,
 *
 * <pre>{@code dLoss/dz_k = -(c / (batch T)) (1[k in group] w_k - pi_k sum_i w_i)}</pre>
 *
 * <p>On policy the second part is zero, because advantages sum to zero: the gradient is {@code -c A_k / (batch T)}.
 */
final class GrpoObjective implements Objective {
    private final GrpoConfig config;
    private final double headScale;
    private final GroupSelection selection;

    GrpoObjective(GrpoConfig config, double headScale, RandomGenerator random) {
        this.config = config;
        this.headScale = headScale;
        this.selection = new GroupSelection(config.group(), random);
    }

    @Override
    public StepResult evaluate(double[][] logits, double[][] logPiOld, int[] targets, BitSet retired) {
        Screening.requireSameBatch(logits, logPiOld, targets);
        Screening screening = new Screening();
        List<OutputGroup> groups = new ArrayList<>(logits.length);
        int rebuilt = 0;
        for (int row = 0; row < logits.length; row++) {
            double[] logPi = LogProbabilities.of(logits[row], config.temperature());
            boolean otherClassSet = logPiOld[row].length != logPi.length;
            double[] old = otherClassSet ? logPi : logPiOld[row];
            int[] active = Screening.active(logPi.length, retired);
            rebuilt += otherClassSet ? 1 : 0;
            if (!screening.refuses(logPi, old, targets[row], active)) {
                groups.add(group(new Sample(row, targets[row], active), logits[row], logPi, old));
            }
        }
        groups.removeIf(group -> confident(group, screening));
        return reduce(groups, screening, logits, rebuilt);
    }

    private boolean confident(OutputGroup group, Screening screening) {
        boolean confident = Math.exp(group.logPiOld()[group.target()]) > config.maxConfidence();
        if (confident) {
            screening.skip(SkipCause.CONFIDENT);
        }
        return confident;
    }

    private OutputGroup group(Sample sample, double[] logits, double[] logPi, double[] logPiOld) {
        int[] active = sample.active();
        double[] activeOld = LogProbabilities.given(logPiOld, active);
        int[] positions = selection.select(activeOld, Arrays.binarySearch(active, sample.target()));
        int[] outputs = pick(active, positions);
        boolean restricted = config.group().softmax() == Softmax.RESTRICTED;
        int[] support = restricted ? outputs : active;
        double[] supportLogPi = LogProbabilities.given(logPi, support);
        double[] groupOld = restricted ? LogProbabilities.given(logPiOld, outputs) : pick(activeOld, positions);
        double[] groupNow = restricted ? supportLogPi : pick(supportLogPi, positions);
        int target = Arrays.binarySearch(outputs, sample.target());
        double[] rewards = Rewards.of(config.reward(), exp(groupOld), cosines(logits, outputs), target);
        return new OutputGroup(sample.row(), target, outputs, groupNow, groupOld, rewards, support, supportLogPi);
    }

    private StepResult reduce(List<OutputGroup> groups, Screening screening, double[][] logits, int rebuilt) {
        double[][] gradient = new double[logits.length][];
        Arrays.setAll(gradient, row -> new double[logits[row].length]);
        double batchStd = batchStd(groups);
        GroupTally tally = new GroupTally();
        double objective = 0;
        for (OutputGroup group : groups) {
            tally.formed(group);
            if (group.std(false) < Advantages.ZERO_STD) {
                screening.skip(SkipCause.ZERO_VARIANCE);
                continue;
            }
            AdvantageConfig scale = config.advantage();
            double[] advantages = Advantages.of(scale, group.rewards(), group.std(scale.sampleStd()), batchStd);
            Surrogate surrogate = Surrogate.of(config.surrogate(), group, advantages);
            double factor = config.surrogate().factor(advantages.length) / logits.length;
            objective += factor * surrogate.value();
            differentiate(group, surrogate, factor / config.temperature(), gradient[group.row()]);
            tally.used(group, advantages, surrogate);
        }
        int used = logits.length - screening.total();
        return new StepResult(gradient, -objective, used, screening.skipped(), rebuilt, tally.statistics());
    }

    private static void differentiate(OutputGroup group, Surrogate surrogate, double factor, double[] gradient) {
        double sum = 0;
        for (int i = 0; i < group.outputs().length; i++) {
            gradient[group.outputs()[i]] = -factor * surrogate.weights()[i];
            sum += surrogate.weights()[i];
        }
        if (surrogate.onPolicy()) {
            return; // the sum is zero but for rounding, and classes outside the group stay exactly untouched
        }
        for (int i = 0; i < group.support().length; i++) {
            gradient[group.support()[i]] += factor * sum * Math.exp(group.supportLogPi()[i]);
        }
    }

    private double batchStd(List<OutputGroup> groups) {
        double[] all = groups.stream()
                .flatMapToDouble(group -> Arrays.stream(group.rewards()))
                .toArray();
        return Advantages.std(all, config.advantage().sampleStd());
    }

    private double[] cosines(double[] logits, int[] outputs) {
        return Arrays.stream(outputs).mapToDouble(k -> logits[k] / headScale).toArray();
    }

    private static double[] exp(double[] logProbabilities) {
        return Arrays.stream(logProbabilities).map(Math::exp).toArray();
    }

    private static int[] pick(int[] from, int[] positions) {
        return Arrays.stream(positions).map(position -> from[position]).toArray();
    }

    private static double[] pick(double[] from, int[] positions) {
        return Arrays.stream(positions).mapToDouble(position -> from[position]).toArray();
    }

    private record Sample(int row, int target, int[] active) {}
}
