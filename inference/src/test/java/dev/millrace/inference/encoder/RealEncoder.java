package dev.millrace.inference.encoder;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pretrained encoders that the build unpacks. */
enum RealEncoder {
    MINI_LM("all-minilm-l6-v2", Pooling.MEAN),
    BGE_SMALL("bge-small-en-v1.5", Pooling.CLS);

    /** Lengths from one word to more than a hundred tokens. */
    static final List<String> TEXTS = List.of(
            "river",
            "a mill race",
            "the water that drives the wheel",
            "a channel carrying water to a mill wheel; the current in it",
            "Ünïcödé, 漢字 and 🙂 are cut into pieces",
            "any of various small dogs kept as pets, bred for hunting vermin that live in burrows under the ground",
            "the act of setting something in motion " + "again and again and once more ".repeat(4),
            "long " + "the quick brown fox jumps over the lazy dog ".repeat(12));

    final Pooling pooling;
    private final Path folder;
    private final String name;

    RealEncoder(String name, Pooling pooling) {
        this.name = name;
        this.pooling = pooling;
        this.folder = Path.of("target/models", name);
    }

    Path file() {
        return folder.resolve(name + ".onnx");
    }

    EncoderGraph graph() throws RefusedModelException, IOException {
        assumeTrue(Files.exists(file()), () -> file() + " is not there: run the build's generate-resources first");
        return EncoderGraph.read(file());
    }

    TextTokenizer tokenizer() {
        Path file = folder.resolve(name + "-tokenizer.json");
        assumeTrue(Files.exists(file), () -> file + " is not there: run the build's generate-resources first");
        return TextTokenizer.read(file, 256);
    }

    static Map<String, ByteBuffer> weights(EncoderGraph graph) {
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
        return weights;
    }

    static OrtEncoder open(EncoderGraph graph, TextTokenizer tokenizer, int threads) throws RefusedModelException {
        return OrtEncoder.open(graph.skeleton(), weights(graph), graph.floatInitializers(), tokenizer, threads);
    }
}
