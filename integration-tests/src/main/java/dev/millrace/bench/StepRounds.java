package dev.millrace.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.policy.EncoderPolicy;
import java.io.IOException;
import java.util.Set;

/** Our step, the plain step and the machine's matmul rate, measured in turns. Owned by one thread, which closes it. */
final class StepRounds implements AutoCloseable {
    static final int CLASSES = 40;
    /** Extent of the square matrices whose product is the yardstick. */
    private static final int SQUARE = 1_536;

    private static final double NANOS = 1e9;

    private final int threads;
    private final PreparedBatch batch;
    private final EncoderPolicy policy;
    private final Learner learner;
    private final PlainStep plainStep;
    private final DispatchCost dispatchCost = new DispatchCost();
    private final NDManager manager = NDManager.newBaseManager(Device.cpu());
    private final NDArray square = manager.randomNormal(new Shape(SQUARE, SQUARE));
    private final int operators;

    StepRounds(BenchEncoder encoder, PreparedBatch batch) throws UnsupportedGraphException {
        this.threads = encoder.config().policy().threads();
        this.batch = batch;
        this.policy = encoder.openPolicy();
        this.learner = encoder.learner(policy);
        this.plainStep = new PlainStep(encoder.pooled(), encoder.config().policy(), CLASSES);
        this.operators = operators(encoder);
    }

    private static int operators(BenchEncoder encoder) throws UnsupportedGraphException {
        var graph = encoder.pooled().withCosineHead(CLASSES, 1).proto();
        try (ParameterStore parameters = ParameterStore.of(graph, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(graph, parameters)) {
            return executor.size();
        }
    }

    /**
     * One round, in seconds.
     *
     * @param ours our step
     * @param plain the plain step
     * @param product of two square matrices
     * @param dispatch of all operators of our step
     */
    record Round(double ours, double plain, double product, double dispatch) {
        /** Floating-point operations a second of the product. */
        double productFlops() {
            return 2.0 * SQUARE * SQUARE * SQUARE / product;
        }
    }

    Round measure() {
        policy.enterThread();
        double ours = seconds(() -> learner.apply(batch));
        JniUtils.setNumThreads(threads);
        double plain = seconds(() -> plainStep.apply(batch));
        double product = seconds(() -> square.matMul(square).close());
        return new Round(ours, plain, product, operators * dispatchCost.measure() / NANOS);
    }

    /** Adds one of our steps to the profile. */
    void profile(StepProfile profile) throws IOException {
        policy.enterThread();
        profile.add(() -> learner.apply(batch));
    }

    static double seconds(Runnable work) {
        long started = System.nanoTime();
        work.run();
        return (System.nanoTime() - started) / NANOS;
    }

    @Override
    public void close() {
        manager.close();
        dispatchCost.close();
        plainStep.close();
        policy.close();
    }
}
