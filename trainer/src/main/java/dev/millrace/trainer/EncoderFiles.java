package dev.millrace.trainer;

import dev.millrace.contract.Sha256;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;

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

    /** Digest of the settings that shape the weights, also of those in files; a checkpoint is continued only under the same. */
    String settingsSha256(TrainerConfig config) {
        String settings = config.weightsSha256();
        return preprocessing instanceof ImagePreprocessing images
                ? Sha256.of(settings + Sha256.of(images.json()))
                : settings;
    }

    @Override
    public void close() {
        preprocessing.close();
    }
}
