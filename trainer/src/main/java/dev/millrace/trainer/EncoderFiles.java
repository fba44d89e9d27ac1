package dev.millrace.trainer;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;

/**
 * The pretrained encoder as it lies on the disk.
 *
 * @param pooled graph with pooling, without head
 * @param tokenizerJson bytes of tokenizer.json
 * @param tokenizer made from them; closed by the owner of this record
 */
record EncoderFiles(EncoderGraph pooled, byte[] tokenizerJson, TextTokenizer tokenizer) implements AutoCloseable {

    /**
     * Reads both files.
     *
     * @throws StartupException when one cannot be read, when the model cannot be trained, with every node that is in the
     *     way, or when the tokenizer makes ids that the model has no word vectors for
     */
    static EncoderFiles read(ModelConfig config) {
        try {
            EncoderGraph pooled = EncoderGraph.read(config.file()).withPooling(config.pooling());
            byte[] tokenizerJson = Files.readAllBytes(config.tokenizer());
            TextTokenizer tokenizer = TextTokenizer.parse(
                    tokenizerJson, config.maxTokens(), config.tokenizer().toString());
            try {
                pooled.requireVocabularyOf(tokenizer);
            } catch (RefusedModelException e) {
                tokenizer.close();
                throw e;
            }
            return new EncoderFiles(pooled, tokenizerJson, tokenizer);
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new StartupException(
                    "model.file " + config.file() + " and model.tokenizer " + config.tokenizer()
                            + " must be readable files (" + e + ")",
                    e);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
