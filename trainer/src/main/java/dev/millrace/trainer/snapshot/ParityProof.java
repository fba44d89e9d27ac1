package dev.millrace.trainer.snapshot;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.OrtEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Compares what the serving runtime computes from the very bytes of a snapshot with what the training runtime computed when
 * it was captured.
 *
 * @param difference largest absolute difference over embeddings and logits; infinite when shapes differ
 * @param finite whether every number on both sides is finite
 */
public record ParityProof(double difference, boolean finite) {

    /** Runs the capture's probe through a session on the capture's own bytes. */
    public static ParityProof of(OrtEncoder served, SnapshotCapture capture) {
        SnapshotCapture.ProbeOutputs trained = capture.probe();
        Encoded encoded = served.encode(trained.inputs());
        double difference = 0;
        boolean finite = capture.tensors().stream().allMatch(tensor -> isFinite(tensor.values()));
        for (int i = 0; i < trained.inputs().size(); i++) {
            double[] expected = widen(trained.embeddings()[i]);
            double embedding = largest(expected, encoded.embeddings()[i]);
            double logits = largest(trained.logits()[i], encoded.logits()[i]);
            finite &= Double.isFinite(embedding) && Double.isFinite(logits);
            difference = Math.max(difference, Math.max(embedding, logits)); // NaN stays NaN in Math.max
        }
        return new ParityProof(difference, finite);
    }

    private static boolean isFinite(ByteBuffer values) {
        FloatBuffer floats = values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        while (floats.hasRemaining()) {
            if (!Float.isFinite(floats.get())) {
                return false;
            }
        }
        return true;
    }

    private static double largest(double[] expected, float[] actual) {
        if (expected.length != actual.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
        }
        return largest;
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }
}
