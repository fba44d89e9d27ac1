package dev.millrace.trainer.batch;

import dev.millrace.schemas.BatchClosedBy;
import dev.millrace.schemas.TrainingBatch;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts a batch together from samples that are serialised already: an Avro array is nothing but its elements in a row, so
 * none has to be read and written again. A sample of another version of the schema, which an open batch of an earlier
 * release may hold, takes the long way. Immutable.
 */
record BatchBytes(FormerCodecs codecs, String model) {
    /** Upper bound of what a batch has around its samples, the model's name left out. */
    static final int FRAME_BYTES = 64;

    byte[] of(List<byte[]> samples, BatchClosedBy closedBy, Instant formedAt) {
        List<ByteBuffer> bodies = new ArrayList<>(samples.size());
        int bytes = FRAME_BYTES + model.length();
        for (byte[] sample : samples) {
            Optional<ByteBuffer> body = codecs.samples().body(sample);
            if (body.isEmpty() || !codecs.batches().isReady()) {
                return written(samples, closedBy, formedAt);
            }
            bodies.add(body.get());
            bytes += sample.length;
        }
        return codecs.batches().encode(bytes, encoder -> {
            encoder.writeString(model);
            encoder.writeArrayStart();
            encoder.setItemCount(bodies.size());
            for (ByteBuffer body : bodies) {
                encoder.startItem();
                encoder.writeFixed(body);
            }
            encoder.writeArrayEnd();
            encoder.writeEnum(BatchClosedBy.SCHEMA$.getEnumOrdinal(closedBy.name()));
            encoder.writeLong(formedAt.toEpochMilli());
        });
    }

    private byte[] written(List<byte[]> samples, BatchClosedBy closedBy, Instant formedAt) {
        return codecs.batches()
                .encode(new TrainingBatch(
                        model, samples.stream().map(codecs.samples()::decode).toList(), closedBy, formedAt));
    }
}
