package dev.millrace.trainer;

import dev.millrace.contract.Sha256;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.trainer.learn.WeightSettings;
import java.util.SortedMap;
import java.util.TreeMap;

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
     *     way, or when the preprocessing makes what the model does not read
     */
    static EncoderFiles read(ModelConfig config) {
        try {
            EncoderGraph pooled = config.openGraph();
            return new EncoderFiles(pooled, config.openPreprocessing(pooled));
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The settings that shape the weights, also those in files; a checkpoint is continued only under the same. */
    WeightSettings settings(TrainerConfig config) {
        SortedMap<String, String> values = new TreeMap<>(config.weightSettings().values());
        if (preprocessing instanceof TextTokenizer texts) {
            values.put("model.tokenizer, its SHA-256", Sha256.of(texts.json()));
        } else if (preprocessing instanceof ImagePreprocessing images) {
            values.put("model.preprocessing, its SHA-256", Sha256.of(images.json()));
        }
        return new WeightSettings(values);
    }

    @Override
    public void close() {
        preprocessing.close();
    }
}
