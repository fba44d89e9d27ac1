package dev.millrace.trainer.ingest;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.schemas.AcceptedSample;

/** What of an accepted sample the encoder reads. Stateless. */
public final class SampleInput {
    private SampleInput() {}

    /** The one input that the sample holds. */
    public static EncoderInput of(AcceptedSample sample) {
        if (sample.getImage() != null) {
            return EncoderInput.Image.of(sample.getImage());
        }
        return sample.getFeatures() != null
                ? EncoderInput.Features.of(sample.getFeatures())
                : new EncoderInput.Text(sample.getText());
    }
}
