package dev.millrace.inference.load;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.SwapOutcome;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** An ONNX Runtime session with its preprocessing and labels. Thread-safe; closing ends both. */
record EncoderModel(long version, int dimension, List<String> labels, Preprocessing preprocessing, OrtEncoder session)
        implements EmbeddingModel {
    /** Requests run in parallel, each on the thread that asks, so a session needs no threads of its own. */
    private static final int SESSION_THREADS = 1;
    /** Rows of the warm-up batches. */
    private static final List<Integer> WARM_UP_ROWS = List.of(1, 8);

    EncoderModel {
        labels = List.copyOf(labels);
    }

    /**
     * Opens a session and runs it on batches of the shapes that are served, the longest input among them: no request pays
     * for the first touch of memory, and a model that cannot take its own longest input fails here.
     *
     * @param graph with pooling
     * @param weights of every float weight; may be used again when this returns
     * @param preprocessing handed over: closed with the model, or when this fails
     */
    static EncoderModel open(
            long version,
            List<String> labels,
            EncoderGraph graph,
            Map<String, ByteBuffer> weights,
            Preprocessing preprocessing)
            throws LoadRefusal {
        OrtEncoder encoder;
        try {
            encoder = OrtEncoder.open(
                    graph.skeleton(), weights, graph.floatInitializers(), preprocessing, SESSION_THREADS);
        } catch (RefusedModelException e) {
            preprocessing.close();
            throw new LoadRefusal(SwapOutcome.UNSUPPORTED_GRAPH, String.valueOf(e.getMessage()));
        }
        EncoderModel model = new EncoderModel(version, graph.embeddingDimension(), labels, preprocessing, encoder);
        try {
            model.warmUp();
            return model;
        } catch (IllegalStateException e) {
            model.close();
            throw new LoadRefusal(
                    SwapOutcome.LOAD_FAILED, "the warm-up failed: " + e.getMessage() + ": " + e.getCause());
        }
    }

    private void warmUp() {
        for (int rows : WARM_UP_ROWS) {
            encode(Collections.nCopies(rows, preprocessing.usualInput()));
        }
        encode(List.of(preprocessing.largestInput()));
    }

    @Override
    public InputKind input() {
        return preprocessing.kind();
    }

    @Override
    public Encoded encode(List<EncoderInput> inputs) {
        return session.encode(inputs);
    }

    @Override
    public void close() {
        try (preprocessing) {
            session.close();
        }
    }
}
