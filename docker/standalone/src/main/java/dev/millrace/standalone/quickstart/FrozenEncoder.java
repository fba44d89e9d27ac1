package dev.millrace.standalone.quickstart;

import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.trainer.ModelConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The encoder as it came, before any training. Thread-safe; closed by whoever opened it. */
final class FrozenEncoder implements AutoCloseable {
    private final TextTokenizer tokenizer;
    private final OrtEncoder encoder;

    private FrozenEncoder(TextTokenizer tokenizer, OrtEncoder encoder) {
        this.tokenizer = tokenizer;
        this.encoder = encoder;
    }

    /** @param threads that share the work of one call */
    static FrozenEncoder open(ModelConfig model, int threads) throws IOException, RefusedModelException {
        EncoderGraph graph = EncoderGraph.read(model.file()).withPooling(model.pooling());
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
        var tokenizer = TextTokenizer.read(model.tokenizer(), model.maxTokens());
        try {
            return new FrozenEncoder(
                    tokenizer,
                    OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), tokenizer, threads));
        } catch (RefusedModelException e) {
            tokenizer.close();
            throw e;
        }
    }

    List<float[]> embed(List<String> texts) {
        return List.of(encoder.encode(EncoderInput.texts(texts)).embeddings());
    }

    @Override
    public void close() {
        encoder.close();
        tokenizer.close();
    }
}
