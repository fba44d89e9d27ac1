package dev.millrace.trainer;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputBatch;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.ingest.SampleInput;
import dev.millrace.trainer.learn.Checkpoint;
import dev.millrace.trainer.learn.CheckpointCodec;
import dev.millrace.trainer.learn.CheckpointDirectory;
import dev.millrace.trainer.learn.CheckpointWriter;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.LearnerSettings;
import dev.millrace.trainer.learn.LearnerState;
import dev.millrace.trainer.learn.PreparedSample;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.policy.EncoderPolicy;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A learner at the position of its newest checkpoint, with what it writes the next ones by. Closed by the trainer after the
 * trainer thread has ended.
 *
 * @param policy network and optimizer state
 * @param learner at its position
 * @param checkpoints writes further ones
 */
record LearnerParts(EncoderPolicy policy, Learner learner, CheckpointWriter checkpoints) implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LearnerParts.class);

    /**
     * Compiles the network and loads the newest checkpoint, if there is one.
     *
     * @throws StartupException when the model cannot be trained or no checkpoint can be continued
     */
    static LearnerParts restore(TrainerConfig config, EncoderFiles files, InstantSource clock) {
        return restore(config, files, clock, new StartLaps());
    }

    /** As the other, and tells what took how long. */
    static LearnerParts restore(TrainerConfig config, EncoderFiles files, InstantSource clock, StartLaps laps) {
        CheckpointDirectory directory = CheckpointDirectory.open(config.checkpoint());
        // Read and verified while the network is compiled.
        CompletableFuture<Optional<Checkpoint>> newest = CompletableFuture.supplyAsync(directory::newest);
        EncoderPolicy policy = null;
        try {
            policy = EncoderPolicy.open(files.pooled(), config.policy());
            log.info(
                    "Network compiled device={} threads={} precision={} trainedTensors={}",
                    policy.device(),
                    config.policy().threads(),
                    config.policy().precision(),
                    policy.trained().size());
            laps.end("network");
            LearnerSettings settings = config.learnerSettings();
            CheckpointCodec codec = new CheckpointCodec(recipe(config, files, policy), settings, clock);
            LearnerState state = resumed(read(newest), codec, policy, settings, files);
            laps.end("checkpoint");
            CheckpointWriter writer =
                    new CheckpointWriter(directory, codec, config.checkpoint().every(), state.position());
            writer.makeRoom(policy);
            return new LearnerParts(policy, new Learner(policy, settings, state), writer);
        } catch (UnsupportedGraphException e) {
            close(policy, directory);
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            close(policy, directory);
            throw e;
        }
    }

    private static void close(@Nullable EncoderPolicy policy, CheckpointDirectory directory) {
        if (policy != null) {
            policy.close();
        }
        directory.close();
    }

    private static Optional<Checkpoint> read(CompletableFuture<Optional<Checkpoint>> newest) {
        try {
            return newest.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static LearnerState resumed(
            Optional<Checkpoint> newest,
            CheckpointCodec codec,
            EncoderPolicy policy,
            LearnerSettings settings,
            EncoderFiles files)
            throws UnsupportedGraphException {
        if (newest.isEmpty()) {
            tryOut(policy, files.preprocessing());
            log.info("No checkpoint: training starts from the base model at the beginning of the log");
            return LearnerState.initial(settings);
        }
        LearnerState state = codec.decode(newest.get(), policy, sample -> prepare(files, sample));
        log.info("Training resumes position={} steps={}", state.position(), policy.steps());
        return state;
    }

    /** What cannot be trained is refused here and not by the first batch. A checkpoint is proof enough, and spares the time. */
    private static void tryOut(EncoderPolicy policy, Preprocessing preprocessing) throws UnsupportedGraphException {
        List<EncoderInput> inputs = List.of(preprocessing.usualInput(), preprocessing.largestInput());
        List<String> unreached = policy.tryOut(InputBatch.of(preprocessing.prepare(inputs)));
        if (!unreached.isEmpty()) {
            log.warn(
                    "No gradient reaches some of the weights that were chosen to train; they stay as they are tensors={}",
                    unreached);
        }
    }

    private static CheckpointCodec.Recipe recipe(TrainerConfig config, EncoderFiles files, EncoderPolicy policy) {
        return new CheckpointCodec.Recipe(
                config.model().name(),
                files.pooled().sha256(),
                files.settings(config),
                config.policy().threads(),
                Machine.cpu(),
                policy.device());
    }

    /** Prepares a sample the way serving does. */
    static PreparedSample prepare(EncoderFiles files, AcceptedSample sample) {
        return new PreparedSample(
                sample,
                files.preprocessing().prepare(List.of(SampleInput.of(sample))).get(0));
    }

    @Override
    public void close() {
        checkpoints.close();
        policy.close();
    }
}
