package dev.millrace.inference.load;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.SwapOutcome;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pretrained encoder on the disk: version 0, served until something is promoted. Immutable.
 *
 * @param config says where it lies and how it is read
 */
public record BaseModel(ModelConfig config) {
    /**
     * Reads its files without opening a session.
     *
     * @throws StartupException when a file is missing or refused, with every reason
     */
    public void check() {
        try {
            config.openPreprocessing(config.openGraph()).close();
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Opens and warms up version 0. */
    public LoadResult load() {
        try {
            EncoderGraph graph = config.openGraph();
            Map<String, ByteBuffer> weights = new HashMap<>();
            graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
            return new LoadResult.Loaded(
                    EncoderModel.open(0, List.of(), graph, weights, config.openPreprocessing(graph)));
        } catch (LoadRefusal e) {
            return e.result();
        } catch (RefusedModelException e) {
            return new LoadResult.Refused(SwapOutcome.UNSUPPORTED_GRAPH, String.valueOf(e.getMessage()));
        } catch (StartupException e) {
            return new LoadResult.Refused(SwapOutcome.LOAD_FAILED, String.valueOf(e.getMessage()));
        }
    }
}
