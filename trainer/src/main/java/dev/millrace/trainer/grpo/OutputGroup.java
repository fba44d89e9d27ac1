package dev.millrace.trainer.grpo;

/**
 * The candidate outputs of one sample with their probabilities and rewards. Arrays are shared within the room and not
 * modified. {@code n} outputs are chosen from {@code a} classes in use.
 *
 * @param row the sample's place in the batch
 * @param target position of the label among the outputs
 * @param outputs class index of each output, {@code [n]}, ascending
 * @param logPi current policy, {@code [n]}
 * @param logPiOld old policy, {@code [n]}
 * @param rewards {@code [n]}
 * @param support classes the softmax runs over: the group itself, or all in use
 * @param supportLogPi current policy over {@code support}
 */
record OutputGroup(
        int row,
        int target,
        int[] outputs,
        double[] logPi,
        double[] logPiOld,
        double[] rewards,
        int[] support,
        double[] supportLogPi) {

    double std(boolean sample) {
        return Advantages.std(rewards, sample);
    }
}
