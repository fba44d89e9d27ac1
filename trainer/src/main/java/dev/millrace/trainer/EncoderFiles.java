package dev.millrace.trainer;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import java.io.IOException;

/**
 * The pretrained encoder as it lies on the disk.
 *
 * @param pooled graph with pooling, without head
 * @param preprocessing of its inputs; closed by the owner of this record
 */
record EncoderFiles(EncoderGraph pooled, Preprocessing preprocessing) implements AutoCloseable {

    /**
     * Reads the files.
     *
     * @throws StartupException when one cannot be read, when the model cannot be trained, with every node that is in the
     *     way, or when the tokenizer makes ids that the model has no word vectors for
     */
    static EncoderFiles read(ModelConfig config) {
        try {
            EncoderGraph pooled = EncoderGraph.read(config.file()).withPooling(config.pooling());
            TextTokenizer tokenizer = TextTokenizer.read(config.tokenizer(), config.maxTokens());
            try {
                tokenizer.requireFit(pooled);
            } catch (RefusedModelException e) {
                tokenizer.close();
                throw e;
            }
            return new EncoderFiles(pooled, tokenizer);
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new StartupException("model.file " + config.file() + " must be a readable file (" + e + ")", e);
        }
    }

    @Override
    public void close() {
        preprocessing.close();
    }
}
