package dev.millrace.inference.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

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

    /**
     * Prepares each input.
     *
     * @throws UnusableInputException of the first that cannot be, with its place
     */
    static List<PreparedInput> each(List<EncoderInput> inputs, Function<EncoderInput, PreparedInput> preparation) {
        List<PreparedInput> prepared = new ArrayList<>(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            try {
                prepared.add(preparation.apply(inputs.get(i)));
            } catch (UnusableInputException e) {
                throw e.at(i);
            }
        }
        return prepared;
    }

    /** An input of ordinary size. */
    EncoderInput usualInput();

    /** An input that costs a run as much as any may. */
    EncoderInput largestInput();

    @Override
    void close();
}
