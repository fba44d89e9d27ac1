package dev.millrace.inference.encoder;

import dev.millrace.contract.Range;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The pretrained encoder: the same for trainer and inference service. Immutable.
 *
 * @param name names the model in topics, replies and the training log; letters, digits, dot, dash, underscore
 * @param input what the encoder reads
 * @param file plain float32 ONNX file; never changed
 * @param tokenizer its Hugging Face {@code tokenizer.json}, for TEXT
 * @param maxTokens longest text in tokens, special tokens included; longer texts are cut, in training and serving alike
 * @param prefix put before each text, such as "query: "; for TEXT
 * @param preprocessing its {@code preprocessor_config.json}, for IMAGE
 * @param pooling how what the encoder makes becomes one embedding
 * @param output name of the value that is pooled, an output of the graph or not; empty finds the output by its form
 */
public record ModelConfig(
        String name,
        InputKind input,
        Path file,
        Path tokenizer,
        @Range(min = 3, max = 8192) int maxTokens,
        String prefix,
        Path preprocessing,
        Pooling pooling,
        String output) {
    public ModelConfig {
        if (!name.matches("[a-zA-Z0-9._-]{1,100}")) {
            throw new IllegalArgumentException(
                    "name must be 1 to 100 letters, digits, dots, dashes or underscores, was \"" + name + "\"");
        }
    }

    /**
     * The graph with pooling, without head.
     *
     * @throws RefusedModelException when it cannot be used, or reads something else than {@code input}, with every reason
     * @throws StartupException when the file cannot be read
     */
    public EncoderGraph openGraph() throws RefusedModelException {
        EncoderGraph graph = readGraph(file);
        if (graph.input() != input) {
            throw new RefusedModelException(
                    file.toString(),
                    List.of("reads " + graph.input() + " by its inputs " + graph.inputNames() + ", but model.input is "
                            + input + "; set model.input to " + graph.input() + " or give another file"));
        }
        return graph.withPooling(pooling, output);
    }

    /**
     * The graph in a file, as it is.
     *
     * @throws RefusedModelException when it cannot be used, with every reason
     * @throws StartupException when the file cannot be read
     */
    public static EncoderGraph readGraph(Path file) throws RefusedModelException {
        try {
            return EncoderGraph.read(file);
        } catch (IOException e) {
            throw new StartupException(
                    UnreadableFile.words(file, e) + "; give a plain float32 ONNX encoder as model.file", e);
        }
    }

    /**
     * The preprocessing of its inputs; closed by the caller.
     *
     * @throws RefusedModelException when what comes out does not fit the graph
     * @throws StartupException when its file cannot be read
     */
    public Preprocessing openPreprocessing(EncoderGraph graph) throws RefusedModelException {
        return switch (input) {
            case TEXT -> openTokenizer(graph);
            case IMAGE -> ImagePreprocessing.read(preprocessing, graph);
            case FEATURES -> new FeaturePreprocessing(graph.inputShape().get(0));
        };
    }

    private TextTokenizer openTokenizer(EncoderGraph graph) throws RefusedModelException {
        TextTokenizer read = TextTokenizer.read(tokenizer, maxTokens, prefix);
        try {
            read.requireFit(graph);
            return read;
        } catch (RefusedModelException e) {
            read.close();
            throw e;
        }
    }
}
