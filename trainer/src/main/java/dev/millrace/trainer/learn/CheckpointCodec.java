package dev.millrace.trainer.learn;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.CheckpointHeader;
import dev.millrace.schemas.CheckpointTensor;
import dev.millrace.schemas.PrequentialState;
import dev.millrace.schemas.ReplayClass;
import dev.millrace.trainer.evaluate.Prequential;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.policy.SeededRandom;
import dev.millrace.trainer.policy.TensorCopies;
import dev.millrace.trainer.policy.TrainedTensor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Turns a learner's state into a checkpoint and back. Immutable; used by the trainer thread.
 *
 * @param recipe what must be equal for a checkpoint to be continued
 * @param settings of the learner
 * @param clock for the time noted in the file
 */
public record CheckpointCodec(Recipe recipe, LearnerSettings settings, InstantSource clock) {

    /**
     * What the bits depend on beside the log.
     *
     * @param model model name
     * @param baseSha256 hash of the base ONNX file
     * @param settings that shape the weights
     * @param threads native training threads
     * @param cpu type of this machine's CPU
     * @param device that trains: {@code cpu} or {@code gpu}
     */
    public record Recipe(
            String model, String baseSha256, WeightSettings settings, int threads, String cpu, String device) {}

    /**
     * Copies everything; training may go on at once.
     *
     * @param copies takes the float values; must not be in use by an earlier checkpoint any more
     */
    Checkpoint encode(LearnerState state, EncoderPolicy policy, TensorCopies copies) {
        List<TrainedTensor> trained = trained(state, policy);
        List<CheckpointTensor> table = trained.stream()
                .map(tensor -> new CheckpointTensor(
                        tensor.name(), Arrays.stream(tensor.shape()).boxed().toList()))
                .toList();
        return new Checkpoint(header(state, policy, table), copied(trained, copies));
    }

    /** Copies every trained tensor into the memory that the next checkpoints use. */
    static List<Checkpoint.TensorState> copied(List<TrainedTensor> trained, TensorCopies copies) {
        List<Checkpoint.TensorState> tensors = new ArrayList<>();
        for (TrainedTensor tensor : trained) {
            tensors.add(new Checkpoint.TensorState(
                    copies.copy(tensor.name() + " values", tensor.values()),
                    copies.copy(tensor.name() + " first moment", tensor.first()),
                    copies.copy(tensor.name() + " second moment", tensor.second()),
                    tensor.gathered() == null ? null : copies.copy(tensor.name() + " gathered", tensor.gathered())));
        }
        return tensors;
    }

    /** Without any class there is no head row to store. */
    private static List<TrainedTensor> trained(LearnerState state, EncoderPolicy policy) {
        List<TrainedTensor> trained = policy.trained();
        return state.outputs().size() == 0 ? List.of() : trained;
    }

    private CheckpointHeader header(LearnerState state, EncoderPolicy policy, List<CheckpointTensor> table) {
        ReplayReservoir.State<PreparedSample> replay = state.replay().state();
        return CheckpointHeader.newBuilder()
                .setModel(recipe.model())
                .setPosition(state.position())
                .setSteps(policy.steps())
                .setGathered(policy.gathered())
                .setBatches(state.batches())
                .setSamples(state.lineage().samples())
                .setBaseSha256(recipe.baseSha256())
                .setConfigSha256(recipe.settings().sha256())
                .setSettings(recipe.settings().text())
                .setThreads(recipe.threads())
                .setCpu(recipe.cpu())
                .setDevice(recipe.device())
                .setOutputSet(state.outputs().labels())
                .setTensors(table)
                .setRandomState(state.random().state())
                .setReplayRandomState(replay.randomState())
                .setReplay(
                        replay.classes().stream().map(CheckpointCodec::stored).toList())
                .setPrequential(stored(state.prequential().state()))
                .setSourceRanges(state.lineage().ranges())
                .setNewestReceivedAt(state.lineage().newest())
                .setRefused(state.refused())
                .setAt(clock.instant())
                .build();
    }

    private static ReplayClass stored(ReplayReservoir.ClassState<PreparedSample> one) {
        List<AcceptedSample> samples =
                one.samples().stream().map(PreparedSample::sample).toList();
        return new ReplayClass(one.label(), one.seen(), one.full(), samples);
    }

    /**
     * Puts the weights into the policy and returns the rest of the state.
     *
     * @param prepare tokenises a replayed sample again
     * @throws StartupException when the checkpoint was made by another recipe, naming each difference
     */
    public LearnerState decode(
            Checkpoint checkpoint, EncoderPolicy policy, Function<AcceptedSample, PreparedSample> prepare) {
        CheckpointHeader header = checkpoint.header();
        requireSameRecipe(header);
        List<ReplayReservoir.ClassState<PreparedSample>> classes = new ArrayList<>();
        for (ReplayClass one : header.getReplay()) {
            classes.add(new ReplayReservoir.ClassState<>(
                    one.getLabel(),
                    one.getSeen(),
                    one.getFull(),
                    one.getSamples().stream().map(prepare).toList()));
        }
        Lineage lineage = new Lineage(settings.sourceTopic());
        lineage.restore(header.getSamples(), header.getNewestReceivedAt(), header.getSourceRanges());
        LearnerState state = new LearnerState(
                new SeededRandom(header.getRandomState()),
                ReplayReservoir.restored(new ReplayReservoir.State<>(
                        settings.replay().capacity(), header.getReplayRandomState(), classes)),
                prequential(header.getPrequential()),
                lineage,
                settings.outputs(header.getOutputSet()));
        state.restore(header.getPosition(), header.getBatches(), header.getRefused());
        if (!header.getTensors().isEmpty()) {
            policy.restore(
                    tensors(checkpoint),
                    new EncoderPolicy.Progress(
                            header.getSteps(),
                            header.getGathered(),
                            header.getOutputSet().size()));
        }
        return state;
    }

    private static PrequentialState stored(Prequential.State score) {
        return new PrequentialState(score.seen(), score.correct(), score.smoothed(), score.recent());
    }

    private static Prequential prequential(PrequentialState stored) {
        return Prequential.restored(new Prequential.State(
                LearnerState.SCORE_WINDOW,
                LearnerState.SCORE_ALPHA,
                stored.getSeen(),
                stored.getCorrect(),
                stored.getSmoothed(),
                stored.getRecent()));
    }

    private void requireSameRecipe(CheckpointHeader header) {
        List<String> differences = new ArrayList<>();
        compare(differences, "model", header.getModel(), recipe.model());
        compare(differences, "base model SHA-256", header.getBaseSha256(), recipe.baseSha256());
        differences.addAll(recipe.settings().differences(header.getConfigSha256(), header.getSettings()));
        compare(differences, "policy.threads", header.getThreads(), recipe.threads());
        compare(differences, "training device", header.getDevice(), recipe.device());
        if (!differences.isEmpty()) {
            throw new StartupException("The checkpoint of position " + header.getPosition()
                    + " was made by another recipe: " + String.join("; ", differences)
                    + ". Restore the former settings, or train again from the start of the log with an empty"
                    + " checkpoint directory");
        }
    }

    private static void compare(List<String> differences, String what, Object stored, Object now) {
        if (!stored.equals(now)) {
            differences.add(what + " was " + stored + ", is " + now);
        }
    }

    private static List<TrainedTensor> tensors(Checkpoint checkpoint) {
        List<TrainedTensor> tensors = new ArrayList<>();
        for (int i = 0; i < checkpoint.tensors().size(); i++) {
            CheckpointTensor entry = checkpoint.header().getTensors().get(i);
            Checkpoint.TensorState values = checkpoint.tensors().get(i);
            tensors.add(new TrainedTensor(
                    entry.getName(),
                    entry.getShape().stream().mapToLong(Long::longValue).toArray(),
                    values.values().asFloatBuffer(),
                    values.first().asFloatBuffer(),
                    values.second().asFloatBuffer(),
                    values.gathered() == null ? null : values.gathered().asFloatBuffer()));
        }
        return tensors;
    }
}
