package dev.millrace.trainer.policy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.InputBatch;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.TrainSelector;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.nio.FloatBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The network that is trained: the encoder's own graph with pooling and head, run with autograd. Holds native memory until
 * {@link #close}. Every method but {@link #open} belongs to the trainer thread, which calls {@link #enterThread} first.
 */
public final class EncoderPolicy implements AutoCloseable {
    private final NDManager manager;
    private final ParameterStore parameters;
    private final GraphExecutor executor;
    private final List<String> inputNames;
    private final PolicyOptimizer optimizer;
    private final int dimension;
    private int classes;

    private EncoderPolicy(EncoderGraph graph, ParameterStore parameters, GraphExecutor executor, PolicyConfig config) {
        this.manager = NDManager.newBaseManager(Device.cpu());
        this.parameters = parameters;
        this.executor = executor;
        this.inputNames = graph.inputNames();
        this.dimension = graph.embeddingDimension();
        this.optimizer = new PolicyOptimizer(config, parameters);
    }

    /**
     * Compiles the graph.
     *
     * @param pooled encoder with pooling, without head
     * @throws UnsupportedGraphException with every node that cannot be trained through
     */
    public static EncoderPolicy open(EncoderGraph pooled, PolicyConfig config) throws UnsupportedGraphException {
        EncoderGraph graph = pooled.withCosineHead(1, config.headScale());
        Engine.getEngine("PyTorch"); // Loads the native library.
        JniUtils.setNumThreads(config.threads());
        Set<String> trained = new HashSet<>(TrainSelector.select(pooled.proto(), config.train(), config.freeze()));
        trained.add(EncoderGraph.HEAD_WEIGHT);
        ParameterStore parameters = ParameterStore.of(graph.proto(), trained, Device.cpu());
        try {
            return new EncoderPolicy(graph, parameters, GraphExecutor.compile(graph.proto(), parameters), config);
        } catch (UnsupportedGraphException e) {
            parameters.close();
            throw e;
        }
    }

    /** Switches gradient recording off for the calling thread; a recorded step switches it on for itself. */
    public void enterThread() {
        JniUtils.setGradMode(false);
    }

    /** A pass that an update follows. */
    public PolicyStep openStep(InputBatch batch) {
        return new PolicyStep(manager, executor, batch, inputNames, true);
    }

    /** A pass without gradient. */
    public PolicyStep openForward(InputBatch batch) {
        return new PolicyStep(manager, executor, batch, inputNames, false);
    }

    /** Rows of the head. */
    public int classes() {
        return classes;
    }

    /** Values of one embedding. */
    public int dimension() {
        return dimension;
    }

    /**
     * Appends head rows imprinted from embeddings, with zero moments. Allowed within a step before its logits are read.
     *
     * @param rows {@code [new classes][dimension]}, copied
     */
    public void appendClasses(List<float[]> rows) {
        if (rows.isEmpty()) {
            return;
        }
        int kept = classes * dimension;
        FloatBuffer values = FloatBuffer.allocate(kept + rows.size() * dimension);
        if (kept > 0) {
            values.put(parameters.get(EncoderGraph.HEAD_WEIGHT).values());
        }
        rows.forEach(values::put);
        replaceHead(classes + rows.size(), values.flip());
        optimizer.growHead(kept);
    }

    /**
     * Back-propagates and applies one optimizer update.
     *
     * @param step recorded step whose logits were read
     * @param gradient {@code dLoss/dlogits}, {@code [batch][classes]}
     */
    public Update update(PolicyStep step, double[][] gradient) {
        step.backward(gradient);
        return optimizer.apply(step.manager());
    }

    /** Updates made so far. */
    public long steps() {
        return optimizer.steps();
    }

    /** Live views of every trained tensor and its moments, in graph order, the head last; valid until the next update. */
    public List<TrainedTensor> trained() {
        return optimizer.tensors();
    }

    /**
     * Takes over a state that {@link #trained} gave.
     *
     * @throws IllegalArgumentException when names or shapes are not those of this graph
     */
    public void restore(List<TrainedTensor> state, long steps, int classes) {
        if (classes > 0) {
            replaceHead(classes, FloatBuffer.allocate(classes * dimension));
            optimizer.growHead(0);
        }
        optimizer.restore(state, steps);
    }

    private void replaceHead(int rows, FloatBuffer values) {
        parameters.replace(EncoderGraph.HEAD_WEIGHT, new long[] {rows, dimension}, values, true);
        classes = rows;
    }

    @Override
    public void close() {
        optimizer.close();
        parameters.close();
        manager.close();
    }
}
