package dev.millrace.inference.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * An encoder in ONNX Runtime: inputs in, embeddings and, where the graph has a head, probabilities out. An input gets the
 * same bits alone, padded or in company. Thread-safe for {@code encode}; closed by whoever opened it, after the last
 * {@code encode} has returned. The preprocessing is used, not owned.
 */
public final class OrtEncoder implements AutoCloseable {
    /** Most tokens, padding included, that go through the graph at once: bounds the memory of a run. */
    private static final int MAX_CELLS = 8192;
    /** What one more run costs beside its cells, in cells: reading the weights once more. An estimate. */
    private static final int RUN_OVERHEAD_CELLS = 24;

    private final OrtSession session;
    private final Preprocessing preprocessing;
    private final InputBuffers buffers = new InputBuffers();

    private OrtEncoder(OrtSession session, Preprocessing preprocessing) {
        this.session = session;
        this.preprocessing = preprocessing;
    }

    /**
     * Builds a session from a skeleton graph and its weights. The runtime copies the weights, so the buffers may be used
     * again when this returns.
     *
     * @param skeleton what {@link EncoderGraph#skeleton} made, with {@link EncoderGraph#EMBEDDING} among its outputs
     * @param weights direct little-endian values of every float weight of the skeleton
     * @param shapes shape of each weight
     * @param threads threads that share the work of one run; 1 = the calling thread only
     * @throws RefusedModelException when the runtime does not take the graph or the weights
     */
    public static OrtEncoder open(
            byte[] skeleton,
            Map<String, ByteBuffer> weights,
            Map<String, long[]> shapes,
            Preprocessing preprocessing,
            int threads)
            throws RefusedModelException {
        OrtEnvironment environment = environment();
        Map<String, OnnxTensorLike> tensors = new HashMap<>();
        try (SessionOptions options = new SessionOptions()) {
            for (Map.Entry<String, ByteBuffer> weight : weights.entrySet()) {
                FloatBuffer values = weight.getValue()
                        .duplicate()
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
                long[] shape = shapes.get(weight.getKey());
                if (shape == null) {
                    throw new IllegalArgumentException("no shape was given for the weight " + weight.getKey());
                }
                tensors.put(weight.getKey(), OnnxTensor.createTensor(environment, values, shape));
            }
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OptLevel.EXTENDED_OPT);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            // A waiting thread must not burn a core that the trainer could use.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addExternalInitializers(tensors);
            return new OrtEncoder(environment.createSession(skeleton, options), preprocessing);
        } catch (OrtException e) {
            throw new RefusedModelException("the graph", List.of("ONNX Runtime does not take it: " + e.getMessage()));
        } finally {
            tensors.values().forEach(OnnxTensorLike::close);
        }
    }

    static OrtEnvironment environment() {
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "millrace");
    }

    /**
     * Encodes any number of inputs; long lists go through the graph in parts of similar length.
     *
     * @throws IllegalStateException when the runtime fails
     */
    public Encoded encode(List<EncoderInput> inputs) {
        List<PreparedInput> rows = inputs.isEmpty() ? List.of() : preprocessing.prepare(inputs);
        int[] lengths = rows.stream().mapToInt(PreparedInput::length).toArray();
        int[] tokens = rows.stream().mapToInt(PreparedInput::tokens).toArray();
        Encoded all = new Encoded(new float[rows.size()][], new float[rows.size()][], new float[rows.size()][], tokens);
        List<Integer> byLength = IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> lengths[i]))
                .toList();
        for (List<Integer> part : parts(byLength, lengths)) {
            Encoded encoded = encode(InputBatch.of(part.stream().map(rows::get).toList()));
            for (int i = 0; i < part.size(); i++) {
                all.embeddings()[part.get(i)] = encoded.embeddings()[i];
                all.probabilities()[part.get(i)] = encoded.probabilities()[i];
                all.logits()[part.get(i)] = encoded.logits()[i];
            }
        }
        return all;
    }

    /**
     * Cuts a list sorted by length into runs: of at most {@link #MAX_CELLS} cells and at least one input, and anew where a
     * longer text would cost the shorter ones more padding than another run costs.
     */
    private static List<List<Integer>> parts(List<Integer> byLength, int[] lengths) {
        List<List<Integer>> parts = new ArrayList<>();
        int first = 0;
        for (int end = 1; end <= byLength.size(); end++) {
            if (end == byLength.size()
                    || isFull(end - first, lengths[byLength.get(end - 1)], lengths[byLength.get(end)])) {
                parts.add(byLength.subList(first, end));
                first = end;
            }
        }
        return parts;
    }

    private static boolean isFull(int rows, int longest, int next) {
        return (rows + 1) * next > MAX_CELLS || rows * (next - longest) > RUN_OVERHEAD_CELLS;
    }

    /** Encodes prepared inputs, in one run. */
    public Encoded encode(InputBatch batch) {
        try (InputBuffers.Inputs inputs = buffers.fill(environment(), batch, session.getInputNames());
                OrtSession.Result result = session.run(inputs.tensors())) {
            float[][] embeddings = rows(result, EncoderGraph.EMBEDDING, batch.rows());
            float[][] probabilities = rows(result, EncoderGraph.PROBABILITIES, batch.rows());
            float[][] logits = rows(result, EncoderGraph.LOGITS, batch.rows());
            return new Encoded(embeddings, probabilities, logits, batch.tokens());
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime failed on " + batch.rows() + " inputs", e);
        }
    }

    private static float[][] rows(OrtSession.Result result, String output, int rows) {
        return result.get(output)
                .map(value -> {
                    FloatBuffer values = ((OnnxTensor) value).getFloatBuffer();
                    float[][] split = new float[rows][values.remaining() / rows];
                    for (float[] row : split) {
                        values.get(row);
                    }
                    return split;
                })
                .orElseGet(() -> new float[rows][0]);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close a session", e);
        }
    }
}
