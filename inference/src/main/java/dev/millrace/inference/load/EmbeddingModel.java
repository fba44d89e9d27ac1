package dev.millrace.inference.load;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import java.util.List;

/**
 * One version of a model, ready to answer. {@code encode} is thread-safe; closed once, after the last {@code encode} has
 * returned.
 */
public interface EmbeddingModel extends AutoCloseable {
    /** Position in the training log; 0 is the base model. */
    long version();

    /** Length of one embedding. */
    int dimension();

    /** Classes in the order of the probabilities; empty when the model has no head. */
    List<String> labels();

    /** What it takes. */
    InputKind input();

    /** Embeddings, and probabilities where there is a head, in the order of the inputs. */
    Encoded encode(List<EncoderInput> inputs);

    @Override
    void close();
}
