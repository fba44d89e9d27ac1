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
 * <p>A sample whose embedding is not finite is left out of the step and of the replay. A step with a gradient that is not
 * finite changes no weight, and none of its rows is replayed afterwards: whichever was to blame would cost the next step too.
 * Both are counted under their cause, and the samples count as trained, since they would meet the same numbers again.
 */
public final class Learner {
    /** Cause under which an update with a gradient that is not finite is counted. */
    public static final String NON_FINITE_GRADIENT = "NON_FINITE_GRADIENT";

    /** Cause under which a row is counted that was left out of a step since its embedding is not finite. */
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
        EntryRows rows = new EntryRows(
                batch.samples(), state.replay().draw(settings.replay().perBatch()));
        Attempt last = train(rows);
        batch.samples().forEach(sample -> state.lineage().add(sample.sample()));
        if (last == Attempt.REFUSED) {
            rows.all().forEach(this::forget);
        } else {
            rows.fresh().forEach(this::remember);
        }
        lastSamples = rows.fresh();
        state.advance(batch.offset() + 1);
        stepMillis = (System.nanoTime() - started) / 1e6;
    }

    /** A label for which the head has no room could never be trained and would only take a place in the replay. */
    private void remember(PreparedSample sample) {
        String label = sample.sample().getLabel();
        if (state.outputs().indexOf(label).isPresent()) {
            state.replay().offer(label, sample);
        }
    }

    private void forget(PreparedSample sample) {
        state.replay().remove(sample.sample().getLabel(), sample);
    }

    /** Returns how the last step went. */
    private Attempt train(EntryRows rows) {
        List<double[][]> oldPolicy = new ArrayList<>(1);
        int updates = 0;
        Attempt last;
        do {
            last = step(rows, oldPolicy);
            if (last == Attempt.UPDATED) {
                updates++;
            }
        } while (last == Attempt.WITH_FEWER_ROWS
                || (last == Attempt.UPDATED && updates < settings.grpo().innerSteps()));
        return last;
    }

    /** How a step went. */
    private enum Attempt {
        /** Updated; another inner step may follow. */
        UPDATED,
        /** Nothing happened but that rows were left out: try again. */
        WITH_FEWER_ROWS,
        /** The gradient was not finite. The entry is done. */
        REFUSED,
        /** The entry is done. */
        LAST
    }

    /**
     * One forward pass and at most one update.
     *
     * @param oldPolicy empty at the first inner step, which predicts, scores and fills it
     */
    private Attempt step(EntryRows rows, List<double[][]> oldPolicy) {
        try (PolicyStep step = policy.openStep(SampleRows.join(rows.all()))) {
            float[][] embeddings = step.embeddings();
            if (leaveOutNonFinite(rows, embeddings)) {
                return oldPolicy.isEmpty() && !rows.isEmpty() ? Attempt.WITH_FEWER_ROWS : Attempt.LAST;
            }
            int knownBefore = state.outputs().size();
            learnLabels(rows.fresh(), embeddings);
            double[][] logits = step.logits();
            if (oldPolicy.isEmpty()) {
                score(rows.fresh(), logits, knownBefore);
                oldPolicy.add(LogProbabilities.of(logits, settings.grpo().temperature()));
            }
            StepResult result = objective.evaluate(logits, oldPolicy.get(0), targets(rows.all()));
            loss = result.loss();
            result.skipped().forEach((cause, count) -> state.countRefused(cause.name(), count));
            return result.used() > 0 ? update(step, result) : Attempt.LAST;
        }
    }

    /**
     * One sample whose numbers overflow must not cost its neighbours their step, nor come back by replay. Where no row is
     * finite the weights may be to blame, and the replay keeps its samples.
     */
    private boolean leaveOutNonFinite(EntryRows rows, float[][] embeddings) {
        List<PreparedSample> out = rows.leaveOutNonFinite(embeddings);
        if (!out.isEmpty()) {
            state.countRefused(NON_FINITE_OUTPUT, out.size());
        }
        if (!rows.isEmpty()) {
            out.forEach(this::forget);
        }
        return !out.isEmpty();
    }

    private Attempt update(PolicyStep step, StepResult result) {
        Update update = policy.update(step, result.logitGradient());
        gradientNorm = update.gradientNorm();
        return switch (update.outcome()) {
            case APPLIED -> mayContinue(result) ? Attempt.UPDATED : Attempt.LAST;
            case GATHERED -> Attempt.LAST;
            case REFUSED -> {
                state.countRefused(NON_FINITE_GRADIENT);
                yield Attempt.REFUSED;
            }
        };
    }

    private boolean mayContinue(StepResult result) {
        return result.groups()
                .map(groups -> groups.approxKl() <= settings.grpo().maxApproxKl())
                .orElse(true);
    }

    /** Gives every label that is new in this batch a head row: the embedding of its first sample. */
    private void learnLabels(List<PreparedSample> fresh, float[][] embeddings) {
        List<float[]> imprints = new ArrayList<>();
        OutputSet outputs = state.outputs();
        for (int i = 0; i < fresh.size(); i++) {
            String label = fresh.get(i).sample().getLabel();
            if (outputs.indexOf(label).isEmpty() && outputs.accepts(label)) {
                outputs = outputs.with(label);
                imprints.add(embeddings[i]);
            }
        }
        policy.appendClasses(imprints);
        state.outputs(outputs);
    }

    /** Test, then train: a label that the model did not know before this batch counts as a wrong prediction. */
    private void score(List<PreparedSample> fresh, double[][] logits, int knownBefore) {
        for (int i = 0; i < fresh.size(); i++) {
            int target = target(fresh.get(i));
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

    /** Samples of the last applied entry that were not left out; empty before the first entry of this process. */
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
}
