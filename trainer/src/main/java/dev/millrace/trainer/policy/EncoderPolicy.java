package dev.millrace.trainer.policy;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.InputBatch;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.Parameter;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.Placement;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The network that is trained: the encoder's own graph with pooling and head, run with autograd. Holds native memory until
 * {@link #close}. Every method but {@link #open} belongs to the trainer thread, which calls {@link #enterThread} first.
 */
public final class EncoderPolicy implements AutoCloseable {
    private final NDManager manager;
    private final ParameterStore parameters;
    private final Lanes lanes;
    private final PolicyStep.Encoder encoder;
    private final PolicyOptimizer<?> optimizer;
    private final int dimension;
    private int classes;

    private EncoderPolicy(
            EncoderGraph graph, ParameterStore parameters, PolicyStep.Encoder encoder, PolicyOptimizer<?> optimizer) {
        this.manager = encoder.manager();
        this.parameters = parameters;
        this.lanes = encoder.lanes();
        this.encoder = encoder;
        this.dimension = graph.embeddingDimension();
        this.optimizer = optimizer;
    }

    /**
     * Compiles the graph.
     *
     * @param pooled encoder with pooling, without head
     * @throws UnsupportedGraphException with every node that cannot be trained through
     * @throws dev.millrace.contract.StartupException when a pattern stands for no weight, a GPU is demanded and not
     *     there, or the device has no instructions for the precision
     */
    public static EncoderPolicy open(EncoderGraph pooled, PolicyConfig config) throws UnsupportedGraphException {
        return open(pooled, config, Placement.on(config.device().resolve()));
    }

    /** Loads the native library of training, which takes a while; {@link #open} does so where it was not done. Thread-safe. */
    public static void loadRuntime() {
        Engine.getEngine("PyTorch");
    }

    /** As the other, at a given place. */
    static EncoderPolicy open(EncoderGraph pooled, PolicyConfig config, Placement placement)
            throws UnsupportedGraphException {
        EncoderGraph graph = pooled.withCosineHead(1, config.headScale());
        loadRuntime();
        config.precision().require(placement.device());
        JniUtils.setNumThreads(config.threads());
        TrainingPlan plan = TrainingPlan.of(pooled.proto(), config);
        Set<String> trained = new HashSet<>(plan.full());
        trained.add(EncoderGraph.HEAD_WEIGHT);
        ParameterStore parameters = ParameterStore.of(graph.proto(), trained, placement);
        try {
            LoraFactors.add(parameters, plan.adapted(), config.lora());
            GraphExecutor executor = GraphExecutor.compile(graph.proto(), parameters);
            PolicyOptimizer<?> optimizer = PolicyOptimizer.of(config, plan, parameters);
            Lanes lanes = new Lanes(placement.device().isGpu() ? 1 : config.threads());
            NDManager manager = NDManager.newBaseManager(placement.device());
            PolicyStep.Encoder encoder =
                    new PolicyStep.Encoder(manager, executor, graph.inputNames(), lanes, config.precision());
            return new EncoderPolicy(graph, parameters, encoder, optimizer);
        } catch (UnsupportedGraphException | RuntimeException e) {
            parameters.close();
            throw e;
        }
    }

    /**
     * Prepares the calling thread: gradient recording is off (a recorded step switches it on for itself), and the native
     * libraries use its share of the threads here (they count by thread).
     */
    public void enterThread() {
        lanes.enterThread();
    }

    /** What trains: {@code cpu} or {@code gpu}. */
    public String device() {
        return parameters.placement().device().getDeviceType();
    }

    /**
     * Runs a batch forwards and backwards and forgets its gradients, so that a graph which cannot run or be trained is
     * refused before the first sample. Changes nothing; before the first step.
     *
     * @return names of the trained weights that no gradient reaches, in graph order
     * @throws UnsupportedGraphException with the node that failed, and on what
     */
    public List<String> tryOut(InputBatch batch) throws UnsupportedGraphException {
        try (PolicyStep step = openStep(batch)) {
            double[][] gradient = step.logits();
            for (double[] row : gradient) {
                Arrays.fill(row, 1);
            }
            step.backward(gradient);
            return parameters.trained().stream()
                    .filter(parameter -> parameter.gradient(step.manager()) == null)
                    .map(Parameter::name)
                    .toList();
        } catch (IllegalStateException | EngineException e) {
            throw new UnsupportedGraphException(
                    List.of("trial with " + batch.rows() + " inputs as they are configured: " + e.getMessage()));
        } finally {
            parameters.clearGradients();
        }
    }

    /** A pass that an update follows. */
    public PolicyStep openStep(InputBatch batch) {
        return new PolicyStep(encoder, batch, true);
    }

    /** A pass without gradient. */
    public PolicyStep openForward(InputBatch batch) {
        return new PolicyStep(encoder, batch, false);
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

    /** Gradients of log entries that wait for an update; 0 without accumulation. */
    public int gathered() {
        return optimizer.gathered();
    }

    /** Takes the values of one weight. */
    @FunctionalInterface
    public interface WeightReader {
        /**
         * Reads one weight.
         *
         * @param values position 0 to limit; valid during the call
         */
        void read(String name, long[] shape, FloatBuffer values);
    }

    /** Hands over every weight of the plain graph that training changes, adapters merged, in graph order, the head last. */
    public void readWeights(WeightReader reader) {
        for (Parameter parameter : parameters.changing()) {
            try (NDManager scope = manager.newSubManager()) {
                reader.read(parameter.name(), parameter.shape(), parameter.exported(scope));
            }
        }
    }

    /** Arrays of the engine that are held between two steps; a number that does not grow. */
    public int arrays() {
        return parameters.arrays() + manager.getManagedArrays().size();
    }

    /** The weights of the graph that never change, by name: read-only views of their memory, little-endian float32. */
    public Map<String, ByteBuffer> frozen() {
        Map<String, ByteBuffer> frozen = new HashMap<>();
        parameters.all().forEach(parameter -> frozen.put(parameter.name(), parameter.initialBytes()));
        parameters.changing().forEach(parameter -> frozen.remove(parameter.name()));
        parameters.trained().forEach(parameter -> frozen.remove(parameter.name()));
        return frozen;
    }

    /**
     * Views of every trained tensor and its optimizer state: weights in graph order, the head behind them, then the factors
     * of adapters; valid until the next update.
     */
    public List<TrainedTensor> trained() {
        return optimizer.tensors();
    }

    /**
     * Takes over a state that {@link #trained} gave.
     *
     * @throws IllegalArgumentException when names or shapes are not those of this graph
     */
    public void restore(List<TrainedTensor> state, Progress progress) {
        if (progress.classes() > 0) {
            replaceHead(progress.classes(), FloatBuffer.allocate(progress.classes() * dimension));
            optimizer.growHead(0);
        }
        optimizer.restore(state, progress.steps(), progress.gathered());
    }

    /**
     * Counts that belong to a state.
     *
     * @param steps updates made
     * @param gathered gradients that wait for one
     * @param classes rows of the head
     */
    public record Progress(long steps, int gathered, int classes) {}

    private void replaceHead(int rows, FloatBuffer values) {
        parameters.replace(EncoderGraph.HEAD_WEIGHT, new long[] {rows, dimension}, values, true);
        classes = rows;
    }

    @Override
    public void close() {
        lanes.close();
        optimizer.close();
        parameters.close();
        manager.close();
    }
}
