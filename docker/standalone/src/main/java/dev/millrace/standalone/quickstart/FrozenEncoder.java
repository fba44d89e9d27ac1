package dev.millrace.standalone.quickstart;

import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The encoder as it came, before any training. Thread-safe; closed by whoever opened it. */
public final class FrozenEncoder implements AutoCloseable {
    private final Preprocessing preprocessing;
    private final OrtEncoder encoder;

    private FrozenEncoder(Preprocessing preprocessing, OrtEncoder encoder) {
        this.preprocessing = preprocessing;
        this.encoder = encoder;
    }

    /**
     * Opens a session on the base model.
     *
     * @param threads that share the work of one call
     */
    public static FrozenEncoder open(ModelConfig model, int threads) throws RefusedModelException {
        EncoderGraph graph = model.openGraph();
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
        Preprocessing preprocessing = model.openPreprocessing(graph);
        try {
            return new FrozenEncoder(
                    preprocessing,
                    OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), preprocessing, threads));
        } catch (RefusedModelException e) {
            preprocessing.close();
            throw e;
        }
    }

    /** L2-normalised embeddings in the order of the inputs. */
    public List<float[]> embed(List<EncoderInput> inputs) {
        return List.of(encoder.encode(inputs).embeddings());
    }

    @Override
    public void close() {
        encoder.close();
        preprocessing.close();
    }
}
