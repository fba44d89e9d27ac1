package dev.millrace.trainer.ingest;

import dev.millrace.inference.encoder.FeaturePreprocessing;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.Preprocessing;

/** Which field of a sample feeds the encoder, and what must be true of it. Immutable. */
public sealed interface InputRule {
    /** {@code text}, for text encoders. */
    record Text() implements InputRule {}

    /**
     * {@code image}, a PNG or JPEG file.
     *
     * @param preprocessing which must be able to read it
     */
    record Images(ImagePreprocessing preprocessing) implements InputRule {}

    /**
     * {@code features}, little-endian float32.
     *
     * @param dimension numbers in each vector, at least 1
     */
    record Features(int dimension) implements InputRule {}

    /** What the encoder behind this preprocessing needs. */
    static InputRule of(Preprocessing preprocessing) {
        if (preprocessing instanceof ImagePreprocessing images) {
            return new Images(images);
        }
        return preprocessing instanceof FeaturePreprocessing features ? new Features(features.dimension()) : new Text();
    }
}
