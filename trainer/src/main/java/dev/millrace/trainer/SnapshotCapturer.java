package dev.millrace.trainer;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.ingest.SampleInput;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedSample;
import dev.millrace.trainer.learn.SampleRows;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.policy.PolicyStep;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies what a version needs out of the learner. Owned by the trainer thread; a capture must be through before the next
 * one is made, since both use the same memory.
 */
final class SnapshotCapturer {
    private static final int PROBE_INPUTS = 4;

    private final EncoderPolicy policy;
    private final TensorCopies copies = new TensorCopies();

    SnapshotCapturer(EncoderPolicy policy) {
        this.policy = policy;
    }

    /** Needs at least one class: a head without rows cannot be served. */
    static boolean canCapture(Learner learner) {
        return learner.status().classes() > 0 && !shown(learner).isEmpty();
    }

    /**
     * Samples to probe with: of the last entry, or of those kept when there was none since the start, so that a version whose
     * verdict the end of the process broke off is judged.
     */
    private static List<PreparedSample> shown(Learner learner) {
        return learner.lastSamples().isEmpty() ? learner.replayed() : learner.lastSamples();
    }

    SnapshotCapture capture(Learner learner) {
        List<SnapshotCapture.CapturedTensor> tensors = new ArrayList<>();
        policy.readWeights((name, shape, values) ->
                tensors.add(new SnapshotCapture.CapturedTensor(name, shape, copies.copy(name, values))));
        List<AcceptedSample> gallery =
                learner.replayed().stream().map(PreparedSample::sample).toList();
        return new SnapshotCapture(
                learner.status().position(),
                tensors,
                policy.frozen(),
                learner.labels(),
                probe(shown(learner)),
                gallery,
                new SnapshotCapture.Progress(
                        learner.status().steps(),
                        learner.status().samples(),
                        learner.newestReceivedAt(),
                        learner.sourceRanges()),
                learner.metrics());
    }

    private SnapshotCapture.ProbeOutputs probe(List<PreparedSample> samples) {
        List<PreparedSample> probe = samples.subList(0, Math.min(PROBE_INPUTS, samples.size()));
        try (PolicyStep forward = policy.openForward(SampleRows.join(probe))) {
            return new SnapshotCapture.ProbeOutputs(
                    probe.stream()
                            .map(sample -> SampleInput.of(sample.sample()))
                            .toList(),
                    forward.embeddings(),
                    forward.logits());
        }
    }
}
