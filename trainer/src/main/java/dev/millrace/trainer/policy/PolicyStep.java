package dev.millrace.trainer.policy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.FloatBatch;
import dev.millrace.inference.encoder.InputBatch;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.GraphRun;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a batch through the network, recorded for one backward pass. Everything native that it makes ends with
 * {@link #close}. Owned by the trainer thread; at most one is open at a time.
 */
public final class PolicyStep implements AutoCloseable {
    private final NDManager manager;
    private final @Nullable GradientCollector collector;
    private final GraphRun run;
    private @Nullable NDArray logits;

    /**
     * @param recorded whether a backward pass follows; without it no graph is recorded
     */
    PolicyStep(NDManager parent, GraphExecutor executor, InputBatch batch, List<String> inputNames, boolean recorded) {
        this.manager = parent.newSubManager();
        this.collector = recorded ? Engine.getInstance().newGradientCollector() : null;
        this.run = executor.begin(manager, inputs(batch, inputNames));
    }

    private Map<String, NDArray> inputs(InputBatch batch, List<String> inputNames) {
        if (batch instanceof TokenBatch tokens) {
            return inputs(tokens, inputNames);
        }
        FloatBatch numbers = (FloatBatch) batch;
        return Map.of(inputNames.get(0), manager.create(numbers.values(), new Shape(numbers.shape())));
    }

    private Map<String, NDArray> inputs(TokenBatch tokens, List<String> inputNames) {
        Shape shape = new Shape(tokens.rows(), tokens.columns());
        Map<String, NDArray> inputs = new HashMap<>();
        for (String name : inputNames) {
            long[] values = switch (name) {
                case "input_ids" -> tokens.inputIds();
                case "attention_mask" -> tokens.attentionMask();
                default -> tokens.tokenTypeIds();
            };
            inputs.put(name, manager.create(values, shape));
        }
        return inputs;
    }

    /** L2-normalised embeddings, {@code [batch][dimension]}; a copy. */
    public float[][] embeddings() {
        NDArray embeddings = run.fetch(EncoderGraph.EMBEDDING);
        int rows = (int) embeddings.getShape().get(0);
        int columns = (int) embeddings.getShape().get(1);
        float[] flat = embeddings.toFloatArray();
        float[][] result = new float[rows][columns];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(flat, i * columns, result[i], 0, columns);
        }
        return result;
    }

    /** The head's outputs with its rows as they are at the first call, {@code [batch][classes]}; a copy. */
    public double[][] logits() {
        if (logits == null) {
            logits = run.fetch(EncoderGraph.LOGITS);
        }
        int rows = (int) logits.getShape().get(0);
        int columns = (int) logits.getShape().get(1);
        float[] flat = logits.toFloatArray();
        double[][] result = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < columns; k++) {
                result[i][k] = flat[i * columns + k];
            }
        }
        return result;
    }

    /**
     * Back-propagates the scalar {@code sum(stopGradient(g) * logits)}, whose gradient in the logits is exactly {@code g}.
     * May be called once, after {@link #logits}.
     *
     * @param gradient {@code dLoss/dlogits}, {@code [batch][classes]}, finite
     */
    void backward(double[][] gradient) {
        if (logits == null || collector == null) {
            throw new IllegalStateException("backward needs a recorded step whose logits were read");
        }
        int columns = gradient[0].length;
        FloatBuffer flat = FloatBuffer.allocate(gradient.length * columns);
        for (double[] row : gradient) {
            for (double value : row) {
                flat.put((float) value);
            }
        }
        NDArray weights = manager.create(flat.flip(), logits.getShape());
        NDArray product = logits.mul(weights);
        product.attach(manager);
        NDArray scalar = product.sum();
        scalar.attach(manager);
        collector.backward(scalar);
    }

    NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        if (collector != null) {
            collector.close();
        }
        manager.close();
    }
}
