package dev.millrace.inference.load;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.schemas.SwapOutcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pretrained encoder on the disk: version 0, served until something is promoted. Immutable.
 *
 * @param file plain float32 ONNX file
 * @param tokenizer the {@code tokenizer.json} that belongs to it
 * @param maxTokens longest input in tokens, special tokens included
 * @param pooling how token vectors become an embedding
 */
public record BaseModel(Path file, Path tokenizer, int maxTokens, Pooling pooling) {
    /**
     * Reads both files without opening a session.
     *
     * @throws StartupException when a file is missing or refused, with every reason
     */
    public void check() {
        try (TextTokenizer read = TextTokenizer.read(tokenizer, maxTokens)) {
            graph().requireVocabularyOf(read);
        } catch (IOException e) {
            throw new StartupException(
                    "cannot read the model file " + file + " (" + e + "); give a plain float32 ONNX encoder", e);
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Opens and warms up version 0. */
    public LoadResult load() {
        try {
            EncoderGraph graph = graph();
            Map<String, ByteBuffer> weights = new HashMap<>();
            graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
            TextTokenizer read = TextTokenizer.read(tokenizer, maxTokens);
            return new LoadResult.Loaded(EncoderModel.open(0, List.of(), graph, weights, read));
        } catch (LoadRefusal e) {
            return e.result();
        } catch (RefusedModelException e) {
            return new LoadResult.Refused(SwapOutcome.UNSUPPORTED_GRAPH, String.valueOf(e.getMessage()));
        } catch (IOException | StartupException e) {
            return new LoadResult.Refused(SwapOutcome.LOAD_FAILED, "the base model cannot be read: " + e);
        }
    }

    private EncoderGraph graph() throws IOException, RefusedModelException {
        return EncoderGraph.read(file).withPooling(pooling);
    }
}
