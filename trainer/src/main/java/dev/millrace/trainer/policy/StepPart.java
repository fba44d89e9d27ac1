package dev.millrace.trainer.policy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.trainer.onnx.GraphRun;
import java.nio.FloatBuffer;

/**
 * Some rows of a step, run together. Used by one thread at a time; what it makes belongs to its manager, which it closes.
 *
 * <p>Gradients are recorded without the engine's collector, of which a process may have one only: the same calls, made
 * here, may run on two threads, each with a graph of its own.
 */
final class StepPart implements AutoCloseable {
    private final NDManager manager;
    private final GraphRun run;
    private final int[] rows;
    private final boolean recorded;

    /**
     * @param rows their places in the whole batch
     * @param recorded whether a backward pass follows
     */
    StepPart(NDManager manager, GraphRun run, int[] rows, boolean recorded) {
        this.manager = manager;
        this.run = run;
        this.rows = rows;
        this.recorded = recorded;
    }

    /** Computes a graph output. */
    void compute(String output) {
        JniUtils.setGradMode(recorded);
        try {
            run.fetch(output);
        } finally {
            JniUtils.setGradMode(false);
        }
    }

    /** Copies a computed output to its rows of the whole. */
    void copyTo(float[][] whole, String output) {
        NDArray computed = run.fetch(output);
        int columns = (int) computed.getShape().get(1);
        float[] flat = computed.toFloatArray();
        for (int i = 0; i < rows.length; i++) {
            whole[rows[i]] = new float[columns];
            System.arraycopy(flat, i * columns, whole[rows[i]], 0, columns);
        }
    }

    /** Adds to the gradients of all trained weights, given the gradient in the logits of the whole batch. */
    void backward(double[][] gradient) {
        PtNDArray logits = (PtNDArray) run.fetch(EncoderGraph.LOGITS);
        Shape shape = logits.getShape();
        FloatBuffer flat = FloatBuffer.allocate((int) shape.size());
        for (int row : rows) {
            for (double value : gradient[row]) {
                flat.put((float) value);
            }
        }
        JniUtils.backward(logits, (PtNDArray) manager.create(flat.flip(), shape), false, false);
    }

    @Override
    public void close() {
        manager.close();
    }
}
