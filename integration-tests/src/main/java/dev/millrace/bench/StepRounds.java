package dev.millrace.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Our step, the same in bfloat16, the plain step and the machine's matmul rate, measured in turns. Owned by one thread, which
 * closes it.
 */
final class StepRounds implements AutoCloseable {
    static final int CLASSES = 40;
    /** Extent of the square matrices whose product is the yardstick. */
    private static final int SQUARE = 1_536;

    private static final double NANOS = 1e9;

    private final int threads;
    private final PreparedBatch batch;
    private final Trainee trainee;
    /** Null where the CPU has no instructions for bfloat16. */
    private final @Nullable Trainee coarse;

    private final PlainStep plainStep;
    private final DispatchCost dispatchCost = new DispatchCost();
    private final NDManager manager = NDManager.newBaseManager(Device.cpu());
    private final NDArray square = manager.randomNormal(new Shape(SQUARE, SQUARE));
    private final int operators;

    /** @param coarse trains in bfloat16; null where the CPU has no instructions for it */
    StepRounds(BenchEncoder encoder, @Nullable BenchEncoder coarse, PreparedBatch batch)
            throws UnsupportedGraphException {
        this.threads = encoder.config().policy().threads();
        this.batch = batch;
        this.trainee = Trainee.of(encoder);
        this.coarse = coarse == null ? null : Trainee.of(coarse);
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
     * @param coarse our step in bfloat16; NaN where there is none
     * @param plain the plain step
     * @param product of two square matrices
     * @param dispatch of all operators of our step
     */
    record Round(double ours, double coarse, double plain, double product, double dispatch) {
        /** Floating-point operations a second of the product. */
        double productFlops() {
            return 2.0 * SQUARE * SQUARE * SQUARE / product;
        }
    }

    Round measure() {
        double ours = trainee.step(batch);
        double inBfloat16 = coarse == null ? Double.NaN : coarse.step(batch);
        JniUtils.setNumThreads(threads);
        double plain = seconds(() -> plainStep.apply(batch));
        double product = seconds(() -> square.matMul(square).close());
        return new Round(ours, inBfloat16, plain, product, operators * dispatchCost.measure() / NANOS);
    }

    /** Adds one of our steps to the profile. */
    void profile(StepProfile profile) throws IOException {
        trainee.policy().enterThread();
        profile.add(() -> trainee.learner().apply(batch));
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
        if (coarse != null) {
            coarse.close();
        }
        trainee.close();
    }
}
