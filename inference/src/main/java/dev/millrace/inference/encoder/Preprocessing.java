package dev.millrace.inference.encoder;

import java.util.List;

/**
 * From what comes in to what the graph reads: the one piece of code for it in training, judging and serving. Thread-safe;
 * closed by whoever made it.
 */
public sealed interface Preprocessing extends AutoCloseable permits TextTokenizer {
    /** What it takes. */
    InputKind kind();

    /** The inputs, each for itself, in their order. */
    List<PreparedInput> prepare(List<EncoderInput> inputs);

    /**
     * Refuses a graph that cannot read what comes out.
     *
     * @throws RefusedModelException saying what does not fit
     */
    void requireFit(EncoderGraph graph) throws RefusedModelException;

    /** An input of ordinary size. */
    EncoderInput usualInput();

    /** An input that costs a run as much as any may. */
    EncoderInput largestInput();

    @Override
    void close();
}
