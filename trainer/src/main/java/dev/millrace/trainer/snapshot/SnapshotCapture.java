package dev.millrace.trainer.snapshot;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.OffsetRange;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The learner's state at one version, copied so that training can go on. Handed over once; the receiver owns the buffers.
 *
 * @param version log position: offset of the last applied entry + 1
 * @param tensors values of every weight of the plain graph that training changes, the head among them
 * @param frozen the other weights by name, which never change: views of the learner's memory, little-endian float32
 * @param outputSet labels in the order of the head's rows
 * @param probe what the training runtime computes at this version
 * @param gallery labelled training samples for the nearest-neighbour figures
 * @param progress counters at this version
 * @param metrics prequential figures at this version
 */
public record SnapshotCapture(
        long version,
        List<CapturedTensor> tensors,
        Map<String, ByteBuffer> frozen,
        List<String> outputSet,
        ProbeOutputs probe,
        List<AcceptedSample> gallery,
        Progress progress,
        Map<String, Double> metrics) {

    public SnapshotCapture {
        tensors = List.copyOf(tensors);
        frozen = Map.copyOf(frozen);
        outputSet = List.copyOf(outputSet);
        gallery = List.copyOf(gallery);
        metrics = Map.copyOf(metrics);
    }

    /**
     * One changed weight.
     *
     * @param values little-endian float32, position 0 to limit
     */
    public record CapturedTensor(String name, long[] shape, ByteBuffer values) {}

    /**
     * Outputs of the training runtime for a few inputs.
     *
     * @param embeddings {@code [inputs][dimension]}
     * @param logits {@code [inputs][classes]}
     */
    public record ProbeOutputs(List<EncoderInput> inputs, float[][] embeddings, double[][] logits) {}

    /**
     * How far the learner is.
     *
     * @param steps optimizer updates
     * @param samples new samples trained
     * @param newestReceivedAt newest arrival time among them
     * @param sourceRanges lowest and highest trained offset per source partition
     */
    public record Progress(long steps, long samples, Instant newestReceivedAt, List<OffsetRange> sourceRanges) {
        public Progress {
            sourceRanges = List.copyOf(sourceRanges);
        }
    }
}
