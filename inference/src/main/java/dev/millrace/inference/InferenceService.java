package dev.millrace.inference;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.listen.ListenState;
import dev.millrace.inference.listen.PromotionListener;
import dev.millrace.inference.load.BaseModel;
import dev.millrace.inference.load.LoadResult.Refused;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.inference.serve.ApiLimits;
import dev.millrace.inference.serve.BatchLimits;
import dev.millrace.inference.serve.HttpApi;
import dev.millrace.inference.serve.HttpLimits;
import dev.millrace.inference.serve.Readiness;
import dev.millrace.inference.serve.ServingMetrics;
import dev.millrace.inference.swap.ModelSlot;
import dev.millrace.schemas.ServingStatus;
import dev.millrace.schemas.SwapOutcome;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running inference service: follows promotions and serves over HTTP. It begins with the version that is promoted now,
 * or with the base model when nothing ever was; until the promotions have been read it answers 503, since an older version
 * must not be seen after a newer one.
 *
 * <p>Thread-safe; closed by whoever started it. Several may run in one JVM.
 */
public final class InferenceService implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(InferenceService.class);

    private static final long CLOSE_SECONDS = 30;

    private final String model;
    private final String instance;
    private final InstantSource clock;
    private final ServingMetrics metrics = new ServingMetrics();
    private final ExecutorService closer = Executors.newSingleThreadExecutor(task -> new Thread(task, "model-closer"));
    private final ModelSlot slot = new ModelSlot(closer);
    private final StatusPublisher statuses;
    private final SnapshotFollower follower;
    private final PromotionListener listener;
    private final HttpApi api;
    private volatile OptionalLong serving = OptionalLong.empty();
    private volatile boolean stopping;

    private InferenceService(InferenceConfig config, BaseModel base, InstantSource clock) {
        this.clock = clock;
        this.model = config.model().name();
        SnapshotLoader loader = new SnapshotLoader(
                new FileSnapshotStore(config.snapshot().store()), config.model().input());
        this.follower = new SnapshotFollower(base, loader, slot, this::attempted);
        this.listener = new PromotionListener(config.kafka(), model, follower::want);
        this.statuses = new StatusPublisher(config.kafka());
        InferenceConfig.Http http = config.http();
        this.api = HttpApi.start(
                new HttpLimits(http.host(), http.port(), http.stopTimeout()),
                new ApiLimits(model, config.model().input(), http.maxBodyBytes(), http.maxInputs()),
                batches(config.encode()),
                new HttpApi.Parts(slot, metrics, this::readiness));
        this.instance = config.instance().isBlank() ? hostName() + ":" + api.port() : config.instance();
    }

    /**
     * Checks the base model, listens on the port and begins to follow the promotions. Does not wait for Kafka.
     *
     * @throws StartupException when the base model is refused, the port is taken or the store's directory cannot be made
     */
    public static InferenceService start(InferenceConfig config) {
        return start(config, InstantSource.system());
    }

    static InferenceService start(InferenceConfig config, InstantSource clock) {
        BaseModel base = new BaseModel(config.model());
        base.check();
        InferenceService service = new InferenceService(config, base, clock);
        service.follower.start();
        service.listener.start();
        log.info("Listening address=http://{}:{} instance={}", config.http().host(), service.port(), service.instance);
        return service;
    }

    private static BatchLimits batches(InferenceConfig.Encode encode) {
        int threads = encode.threads() == 0 ? Runtime.getRuntime().availableProcessors() : encode.threads();
        return new BatchLimits(threads, encode.queueTexts(), encode.batchTexts());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** The port that is listened on, also where 0 was asked for. */
    public int port() {
        return api.port();
    }

    /** Name in {@code serving-status}. */
    public String instance() {
        return instance;
    }

    /** The version that answers; empty while there is none. */
    public OptionalLong servedVersion() {
        return serving;
    }

    /** Whether this instance should get requests, and if not, why. */
    public Readiness readiness() {
        List<Readiness.Cause> causes = new ArrayList<>();
        if (stopping) {
            causes.add(new Readiness.Cause("STOPPING", "answers what it accepted and stops"));
        }
        ListenState listening = listener.state();
        if (listening.phase() != ListenState.Phase.FOLLOWING) {
            causes.add(new Readiness.Cause(listening.phase().name(), listening.detail()));
        }
        if (serving.isEmpty()) {
            Optional<Refused> refusal = follower.refusal();
            causes.add(
                    refusal.map(refused -> new Readiness.Cause(refused.outcome().name(), refused.detail()))
                            .orElseGet(() -> new Readiness.Cause("NO_MODEL", "the first version is not loaded yet")));
        }
        return new Readiness(causes);
    }

    private void attempted(long wanted, SwapOutcome outcome, String detail, Optional<Long> inSlot, Duration took) {
        serving = inSlot.map(OptionalLong::of).orElseGet(OptionalLong::empty);
        long served = inSlot.orElse(ServingMetrics.NOTHING);
        metrics.swapped(outcome, took);
        metrics.serving(served);
        statuses.publish(
                new ServingStatus(instance, model, wanted, served, outcome, detail, clock.instant(), took.toMillis()));
    }

    /** The process may end right after, and ONNX Runtime crashes when it is unloaded with a session being closed. */
    private void awaitModelsClosed() {
        closer.shutdown();
        try {
            if (!closer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("A model is still being closed waitedSeconds={}", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers the requests that were accepted, then stops everything. */
    @Override
    public void close() {
        stopping = true;
        api.close();
        listener.close();
        follower.close();
        slot.close();
        awaitModelsClosed();
        statuses.close();
        log.info("Stopped instance={}", instance);
    }
}
