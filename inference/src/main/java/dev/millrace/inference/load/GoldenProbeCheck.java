package dev.millrace.inference.load;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SwapOutcome;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Asks a model for the embeddings that its trainer saw. Stateless. */
final class GoldenProbeCheck {
    /** Largest allowed difference of one component; the two runtimes differ by a few 1e-6. */
    static final double TOLERANCE = 1e-3;

    private GoldenProbeCheck() {}

    static void check(EmbeddingModel model, GoldenProbe probe) throws LoadRefusal {
        FloatBuffer expected =
                probe.getEmbeddings().duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        List<EncoderInput> inputs = ProbeInputs.of(probe, model.input());
        if (inputs.isEmpty() || expected.remaining() != (long) inputs.size() * model.dimension()) {
            throw new LoadRefusal(
                    SwapOutcome.PROBE_MISMATCH,
                    "the probe has " + inputs.size() + " inputs and " + expected.remaining()
                            + " numbers; it needs one input at least and " + model.dimension() + " numbers for each");
        }
        Encoded encoded = model.encode(inputs);
        double worst = 0;
        for (float[] embedding : encoded.embeddings()) {
            for (float value : embedding) {
                double difference = Math.abs((double) value - expected.get());
                worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
            }
        }
        for (float[] row : encoded.probabilities()) {
            for (float probability : row) {
                worst = Float.isFinite(probability) ? worst : Double.POSITIVE_INFINITY;
            }
        }
        if (worst > TOLERANCE) {
            throw new LoadRefusal(
                    SwapOutcome.PROBE_MISMATCH,
                    "embeddings of the probe differ by up to " + worst + ", allowed is " + TOLERANCE);
        }
    }
}
