package dev.millrace.trainer.ingest;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.schemas.AcceptedSample;

/** What of an accepted sample the encoder reads. Stateless. */
public final class SampleInput {
    private SampleInput() {}

    /** Characters of its text, 0 for what is no text; without copying the input. */
    public static int length(AcceptedSample sample) {
        return sample.getText() == null ? 0 : sample.getText().length();
    }

    /** The one input that the sample holds; a copy. */
    public static EncoderInput of(AcceptedSample sample) {
        if (sample.getImage() != null) {
            return EncoderInput.Image.of(sample.getImage());
        }
        return sample.getFeatures() != null
                ? EncoderInput.Features.of(sample.getFeatures())
                : new EncoderInput.Text(sample.getText());
    }
}
