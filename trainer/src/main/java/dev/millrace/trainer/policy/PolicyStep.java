package dev.millrace.trainer.policy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.FloatBatch;
import dev.millrace.inference.encoder.InputBatch;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.operator.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One pass of a batch through the network, recorded for one backward pass, in parts of like lengths whose gradients add up.
 * Everything native that it makes ends with {@link #close}. Owned by the trainer thread; at most one is open at a time.
 */
public final class PolicyStep implements AutoCloseable {
    private final NDManager manager;
    private final Lanes lanes;
    private final List<StepPart> parts = new ArrayList<>();
    private final int rows;
    private final boolean recorded;
    private boolean hasLogits;

    /**
     * @param recorded whether a backward pass follows; without it no graph is recorded
     */
    PolicyStep(Encoder encoder, InputBatch batch, boolean recorded) {
        this.manager = encoder.manager().newSubManager();
        this.lanes = encoder.lanes();
        this.rows = batch.rows();
        this.recorded = recorded;
        Precision precision = recorded ? encoder.precision() : Precision.FLOAT32;
        for (int[] chosen : lanes.split(batch.tokens())) {
            NDManager own = manager.newSubManager();
            Map<String, NDArray> inputs = inputs(batch.select(chosen), encoder.inputNames(), own);
            parts.add(new StepPart(own, encoder.executor().begin(own, inputs, precision), chosen, recorded));
        }
    }

    /** What every step of a policy runs on. */
    record Encoder(
            NDManager manager, GraphExecutor executor, List<String> inputNames, Lanes lanes, Precision precision) {}

    private static Map<String, NDArray> inputs(InputBatch batch, List<String> inputNames, NDManager manager) {
        if (batch instanceof TokenBatch tokens) {
            return inputs(tokens, inputNames, manager);
        }
        FloatBatch numbers = (FloatBatch) batch;
        return Map.of(inputNames.get(0), manager.create(numbers.values(), new Shape(numbers.shape())));
    }

    private static Map<String, NDArray> inputs(TokenBatch tokens, List<String> inputNames, NDManager manager) {
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
        return output(EncoderGraph.EMBEDDING);
    }

    /** The head's outputs with its rows as they are at the first call, {@code [batch][classes]}; a copy. */
    public double[][] logits() {
        float[][] single = output(EncoderGraph.LOGITS);
        hasLogits = true;
        double[][] logits = new double[rows][single[0].length];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < logits[i].length; k++) {
                logits[i][k] = single[i][k];
            }
        }
        return logits;
    }

    private float[][] output(String name) {
        lanes.each(parts, part -> part.compute(name));
        float[][] whole = new float[rows][];
        parts.forEach(part -> part.copyTo(whole, name));
        return whole;
    }

    /**
     * Back-propagates the scalar {@code sum(stopGradient(g) * logits)}, whose gradient in the logits is exactly {@code g}.
     * May be called once, after {@link #logits}.
     *
     * @param gradient {@code dLoss/dlogits}, {@code [batch][classes]}, finite
     */
    void backward(double[][] gradient) {
        if (!hasLogits || !recorded) {
            throw new IllegalStateException("backward needs a recorded step whose logits were read");
        }
        lanes.each(parts, part -> part.backward(gradient));
    }

    NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        parts.forEach(StepPart::close);
        manager.close();
    }
}
