package dev.millrace.trainer;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.trainer.announce.KafkaAnnouncer;
import dev.millrace.trainer.announce.KafkaVersionCatalog;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.ingest.InputRule;
import dev.millrace.trainer.judge.Judge;
import dev.millrace.trainer.judge.KafkaHoldout;
import dev.millrace.trainer.learn.KafkaTrainingLog;
import dev.millrace.trainer.learn.LearnerStatus;
import dev.millrace.trainer.learn.LogPosition;
import dev.millrace.trainer.learn.TrainingLog;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.snapshot.SnapshotBuilder;
import dev.millrace.trainer.snapshot.SnapshotRecipe;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running trainer: batch former, learner and publisher of one model. Thread-safe. {@link #close} finishes the running
 * step, makes the state durable and leaves no thread behind; the process must not end before it returns.
 */
public final class Trainer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Trainer.class);

    /** How to close what has been opened, the newest first. */
    private final Deque<Runnable> closings = new ArrayDeque<>();

    private final StartLaps laps = new StartLaps();
    private final EncoderFiles files;
    private final LearnerParts learner;
    private final TopicSetup topics;
    private final BatchFormer former;
    private final TrainingLog trainingLog;
    private final SnapshotPublisher publisher;
    private final TrainerLoop loop;
    private final TrainerEndpoint endpoint;

    private Trainer(TrainerConfig config, InstantSource clock) {
        try {
            loadRuntimeMeanwhile();
            this.files = EncoderFiles.read(config.model());
            closings.push(files::close);
            laps.end("files");
            this.learner = LearnerParts.restore(config, files, clock, laps);
            closings.push(learner::close);
            this.topics = new TopicSetup(config);
            closings.push(topics::close);
            this.former = BatchFormer.start(
                    config.kafka(),
                    new FormedModel(config.model().name(), InputRule.of(files.preprocessing())),
                    config.ingest(),
                    config.batch());
            closings.push(former::close);
            this.trainingLog = new KafkaTrainingLog(
                    config.kafka(),
                    new LogPosition(
                            config.batch().partition(),
                            learner.learner().status().position()),
                    config.model().name(),
                    sample -> LearnerParts.prepare(files, sample));
            closings.push(trainingLog::close);
            this.publisher = new SnapshotPublisher(publishing(config, clock), clock);
            closings.push(publisher::close);
            this.loop = new TrainerLoop(learner, trainingLog, publisher, config.snapshot());
            this.endpoint = new TrainerEndpoint(config.http(), new TrainerMetrics(this).registry(), this::troubles);
            closings.push(endpoint::close);
        } catch (RuntimeException | Error e) {
            closings.forEach(Runnable::run);
            throw e;
        }
    }

    /** A library that cannot be loaded is met again by the learner, which tells. */
    private static void loadRuntimeMeanwhile() {
        Thread loading = new Thread(EncoderPolicy::loadRuntime, "millrace-runtime");
        loading.setDaemon(true);
        loading.setUncaughtExceptionHandler(
                (thread, failure) -> log.debug("The training runtime cannot be loaded", failure));
        loading.start();
    }

    /**
     * Starts every part. A broker or registry that is away is waited for in the background.
     *
     * @throws dev.millrace.contract.StartupException when it cannot run as configured
     */
    public static Trainer start(TrainerConfig config) {
        NativeEnvironment.doubts(System.getenv(), config.policy().threads())
                .forEach(doubt -> log.warn("Two runs may not give the same bits cause=\"{}\"", doubt));
        Trainer trainer = new Trainer(config, InstantSource.system());
        trainer.laps.end("parts");
        trainer.publisher.start(); // Only now: it fences off an earlier trainer of this model.
        trainer.loop.start(trainer.laps);
        log.info(
                "Trainer started model={} preset={} position={} http={}",
                config.model().name(),
                config.grpo().preset(),
                trainer.status().position(),
                trainer.endpoint.port());
        return trainer;
    }

    private SnapshotPublisher.Parts publishing(TrainerConfig config, InstantSource clock) {
        String model = config.model().name();
        FileSnapshotStore store = new FileSnapshotStore(config.snapshot().store());
        store.requireWritable();
        SnapshotRecipe recipe = new SnapshotRecipe(
                model,
                config.grpo().preset().name(),
                config.weightSettings(),
                config.policy().threads(),
                Machine.cpu(),
                learner.policy().device(),
                config.policy().headScale());
        SnapshotBuilder builder = new SnapshotBuilder(store, files.pooled(), files.preprocessing(), recipe);
        KafkaAnnouncer announcer = new KafkaAnnouncer(config.kafka(), model);
        return new SnapshotPublisher.Parts(
                builder,
                new Judge(
                        builder,
                        new KafkaHoldout(config.kafka(), config.judge().holdoutSamples()),
                        config.judge(),
                        config.gate(),
                        clock),
                announcer,
                new KafkaVersionCatalog(config.kafka(), model),
                new Retention(store, announcer, model, config.snapshot().keep()));
    }

    /** As of the last applied log entry. */
    public LearnerStatus status() {
        return loop.status();
    }

    /** Entries of the training log that wait to be applied, as far as known. */
    public long lag() {
        return trainingLog.lag();
    }

    /** The batch former, for its counts. */
    public BatchFormer former() {
        return former;
    }

    /** Newest version announced by this process; 0 before the first. */
    public long published() {
        return publisher.published();
    }

    /** Newest version promoted by this process; 0 before the first. */
    public long promoted() {
        return publisher.promoted();
    }

    /** Port of {@code /healthz}, {@code /readyz} and {@code /metrics}. */
    public int httpPort() {
        return endpoint.port();
    }

    /** What is being waited for; empty when all is well. */
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        loop.failure().ifPresent(failure -> troubles.add("training has stopped: " + failure.getMessage()));
        topics.trouble().ifPresent(troubles::add);
        if (!former.health().isReady()) {
            troubles.add("batch former " + former.health().state() + ": "
                    + former.health().cause());
        }
        trainingLog.trouble().ifPresent(troubles::add);
        learner.checkpoints().trouble().ifPresent(troubles::add);
        publisher.trouble().ifPresent(troubles::add);
        return troubles;
    }

    /** Waits until training has ended, and says why if that was not asked for. */
    public Optional<Throwable> awaitEnd() throws InterruptedException {
        loop.awaitEnd();
        return loop.failure();
    }

    @Override
    public void close() {
        loop.stop();
        closings.forEach(Runnable::run);
        log.info("Trainer stopped position={}", status().position());
    }
}
