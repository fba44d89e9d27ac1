package dev.millrace.inference.load;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.GoldenProbe;
import java.util.List;

/** The inputs of a golden probe. Stateless. */
final class ProbeInputs {
    private ProbeInputs() {}

    /** Those of one kind, in their order. */
    static List<EncoderInput> of(GoldenProbe probe, InputKind kind) {
        return switch (kind) {
            case TEXT -> EncoderInput.texts(probe.getTexts());
            case IMAGE ->
                probe.getImages().stream()
                        .<EncoderInput>map(EncoderInput.Image::of)
                        .toList();
            case FEATURES ->
                probe.getFeatures().stream()
                        .<EncoderInput>map(EncoderInput.Features::of)
                        .toList();
        };
    }
}
