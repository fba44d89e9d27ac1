package dev.millrace.trainer.grpo;

import java.util.Map;
import java.util.Optional;

/**
 * What one evaluation of the objective says.
 *
 * <p>Owned by the caller, the gradient array included. Every sample of the batch counts in the batch mean, a skipped one
 * as zero, so a sample that fades out does not make the others louder.
 *
 * @param logitGradient {@code dLoss/dlogits} of the batch mean, {@code [batch][classes]}, finite; zero rows for skipped
 *     samples
 * @param loss the batch mean that {@code logitGradient} differentiates
 * @param used samples with a part in the gradient
 * @param skipped count of the others by cause; causes that did not occur are absent
 * @param rebuiltOldPolicies samples whose old policy covered another class set and was taken anew from the logits
 * @param groups statistics of the output groups; empty for cross-entropy and when no group could be formed
 */
public record StepResult(
        double[][] logitGradient,
        double loss,
        int used,
        Map<SkipCause, Integer> skipped,
        int rebuiltOldPolicies,
        Optional<GroupStatistics> groups) {

    public StepResult {
        skipped = Map.copyOf(skipped);
    }
}
