package dev.millrace.trainer.learn;

import dev.millrace.schemas.OffsetRange;
import dev.millrace.trainer.grpo.LogProbabilities;
import dev.millrace.trainer.grpo.Objective;
import dev.millrace.trainer.grpo.Objectives;
import dev.millrace.trainer.grpo.StepResult;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.policy.OutputSet;
import dev.millrace.trainer.policy.PolicyStep;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.policy.Update;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Applies one entry of the training log after the other: predict and score first, then learn. Owned by the trainer thread.
 *
 * <p>A step that meets a number that is not finite changes no weight and is counted under its cause; its samples count as
 * trained, since they would meet the same numbers again.
 */
public final class Learner {
    /** Cause under which an update with a gradient that is not finite is counted. */
    public static final String NON_FINITE_GRADIENT = "NON_FINITE_GRADIENT";

    /** Cause under which a batch with an embedding or logit that is not finite is counted. */
    public static final String NON_FINITE_OUTPUT = "NON_FINITE_OUTPUT";

    private final EncoderPolicy policy;
    private final LearnerSettings settings;
    private final Objective objective;
    private final LearnerState state;
    private List<PreparedSample> lastSamples = List.of();
    private double loss = Double.NaN;
    private double gradientNorm = Double.NaN;
    private double stepMillis = Double.NaN;

    /** A learner that goes on from {@code state}; the policy's weights are of the same position. */
    public Learner(EncoderPolicy policy, LearnerSettings settings, LearnerState state) {
        this.policy = policy;
        this.settings = settings;
        this.state = state;
        this.objective = Objectives.of(settings.grpo(), settings.headScale(), state.random());
    }

    /** Applies the next entry. */
    public void apply(PreparedBatch batch) {
        long started = System.nanoTime();
        List<PreparedSample> rows = new ArrayList<>(batch.samples());
        rows.addAll(state.replay().draw(settings.replay().perBatch()));
        List<double[][]> oldPolicy = new ArrayList<>(1);
        int updates = settings.grpo().innerSteps();
        for (int i = 0; i < updates; i++) {
            if (!step(batch, rows, oldPolicy)) {
                break;
            }
        }
        for (PreparedSample sample : batch.samples()) {
            state.replay().offer(sample.sample().getLabel(), sample);
            state.lineage().add(sample.sample());
        }
        lastSamples = batch.samples();
        state.advance(batch.offset() + 1);
        stepMillis = (System.nanoTime() - started) / 1e6;
    }

    /**
     * One forward pass and at most one update.
     *
     * @param oldPolicy empty at the first inner step, which predicts, scores and fills it
     * @return whether another inner step may follow
     */
    private boolean step(PreparedBatch batch, List<PreparedSample> rows, List<double[][]> oldPolicy) {
        try (PolicyStep step = policy.openStep(SampleRows.join(rows))) {
            float[][] embeddings = step.embeddings();
            if (!isFinite(embeddings)) {
                state.countRefused(NON_FINITE_OUTPUT);
                return false;
            }
            int knownBefore = state.outputs().size();
            learnLabels(batch, embeddings);
            double[][] logits = step.logits();
            if (oldPolicy.isEmpty()) {
                score(batch, logits, knownBefore);
                oldPolicy.add(LogProbabilities.of(logits, settings.grpo().temperature()));
            }
            StepResult result = objective.evaluate(logits, oldPolicy.get(0), targets(rows));
            loss = result.loss();
            result.skipped().forEach((cause, count) -> state.countRefused(cause.name(), count));
            return result.used() > 0 && update(step, result) && mayContinue(result);
        }
    }

    private boolean update(PolicyStep step, StepResult result) {
        Update update = policy.update(step, result.logitGradient());
        gradientNorm = update.gradientNorm();
        if (update.outcome() == Update.Outcome.REFUSED) {
            state.countRefused(NON_FINITE_GRADIENT);
        }
        return update.outcome() == Update.Outcome.APPLIED;
    }

    private boolean mayContinue(StepResult result) {
        return result.groups()
                .map(groups -> groups.approxKl() <= settings.grpo().maxApproxKl())
                .orElse(true);
    }

    /** Gives every label that is new in this batch a head row: the embedding of its first sample. */
    private void learnLabels(PreparedBatch batch, float[][] embeddings) {
        List<float[]> imprints = new ArrayList<>();
        OutputSet outputs = state.outputs();
        for (int i = 0; i < batch.samples().size(); i++) {
            String label = batch.samples().get(i).sample().getLabel();
            if (outputs.indexOf(label).isEmpty() && outputs.accepts(label)) {
                outputs = outputs.with(label);
                imprints.add(embeddings[i]);
            }
        }
        policy.appendClasses(imprints);
        state.outputs(outputs);
    }

    /** Test, then train: a label that the model did not know before this batch counts as a wrong prediction. */
    private void score(PreparedBatch batch, double[][] logits, int knownBefore) {
        for (int i = 0; i < batch.samples().size(); i++) {
            int target = target(batch.samples().get(i));
            int predicted = largest(logits[i], knownBefore);
            state.prequential().score(predicted >= 0 && predicted == target);
        }
    }

    private static int largest(double[] logits, int classes) {
        int best = -1;
        for (int k = 0; k < classes; k++) {
            if (best < 0 || logits[k] > logits[best]) {
                best = k;
            }
        }
        return best;
    }

    private int[] targets(List<PreparedSample> rows) {
        return rows.stream().mapToInt(this::target).toArray();
    }

    private int target(PreparedSample row) {
        return state.outputs().indexOf(row.sample().getLabel()).orElse(Objective.NO_LABEL);
    }

    /** As of the last applied entry. */
    public LearnerStatus status() {
        return new LearnerStatus(
                state.position(),
                state.batches(),
                policy.steps(),
                state.lineage().samples(),
                state.outputs().size(),
                state.prequential().cumulative(),
                state.prequential().windowed(),
                loss,
                gradientNorm,
                state.refused().getOrDefault(NON_FINITE_GRADIENT, 0L)
                        + state.refused().getOrDefault(NON_FINITE_OUTPUT, 0L),
                stepMillis);
    }

    /** Copies the state for a checkpoint; {@code copies} must not be in use by an earlier one any more. */
    Checkpoint captureCheckpoint(CheckpointCodec codec, TensorCopies copies) {
        return codec.encode(state, policy, copies);
    }

    /** Samples of the last applied entry; empty before the first one of this process. */
    public List<PreparedSample> lastSamples() {
        return lastSamples;
    }

    /** Every sample in the replay reservoir. */
    public List<PreparedSample> replayed() {
        return state.replay().state().classes().stream()
                .flatMap(one -> one.samples().stream())
                .toList();
    }

    /** Labels in the order of the head's rows. */
    public List<String> labels() {
        return state.outputs().labels();
    }

    /** Newest arrival time among the trained samples. */
    public Instant newestReceivedAt() {
        return state.lineage().newest();
    }

    /** Lowest and highest trained offset per source partition. */
    public List<OffsetRange> sourceRanges() {
        return state.lineage().ranges();
    }

    /** Prequential and step figures for manifests and reports; finite numbers only. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put("prequentialAccuracy", state.prequential().cumulative());
        metrics.put("windowAccuracy", state.prequential().windowed());
        metrics.put("loss", loss);
        metrics.put("gradientNorm", gradientNorm);
        state.refused().forEach((cause, count) -> metrics.put("refused." + cause, (double) count));
        metrics.values().removeIf(value -> !Double.isFinite(value));
        return metrics;
    }

    private static boolean isFinite(float[][] rows) {
        for (float[] row : rows) {
            for (float value : row) {
                if (!Float.isFinite(value)) {
                    return false;
                }
            }
        }
        return true;
    }
}
