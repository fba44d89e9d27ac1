package dev.millrace.trainer.grpo;

import java.util.BitSet;

/** A loss over a batch, given by its value and its gradient at the logits. Owned by the trainer thread. */
public interface Objective {
    /** Target of a sample without a label. */
    int NO_LABEL = -1;

    /**
     * Loss and gradient of a batch.
     *
     * @param logits raw logits of the head, {@code [batch][classes]}; not modified
     * @param logPiOld {@link LogProbabilities#of} the logits before the update, {@code [batch][classes]}; not modified. A row
     *     of another length than its logits belongs to an older class set and is replaced by the current policy
     * @param targets index of the label in the output set, or {@link #NO_LABEL}, {@code [batch]}
     * @param retired classes that are no longer an answer: outside every group and every softmax, gradient zero
     * @return new arrays
     * @throws IllegalArgumentException if the three have different batch sizes
     */
    StepResult evaluate(double[][] logits, double[][] logPiOld, int[] targets, BitSet retired);

    /** As above with no class retired. */
    default StepResult evaluate(double[][] logits, double[][] logPiOld, int[] targets) {
        return evaluate(logits, logPiOld, targets, new BitSet());
    }
}
