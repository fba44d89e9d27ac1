package dev.millrace.inference.encoder;

import java.util.List;

/**
 * From what comes in to what the graph reads: the one piece of code for it in training, judging and serving. Thread-safe;
 * closed by whoever made it.
 */
public sealed interface Preprocessing extends AutoCloseable
        permits TextTokenizer, ImagePreprocessing, FeaturePreprocessing {
    /** What it takes. */
    InputKind kind();

    /**
     * The inputs, each for itself, in their order.
     *
     * @throws UnusableInputException when one cannot be read, or is of another kind
     */
    List<PreparedInput> prepare(List<EncoderInput> inputs);

    /** An input of ordinary size. */
    EncoderInput usualInput();

    /** An input that costs a run as much as any may. */
    EncoderInput largestInput();

    @Override
    void close();
}
