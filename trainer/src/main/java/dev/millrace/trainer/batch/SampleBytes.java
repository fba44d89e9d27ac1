package dev.millrace.trainer.batch;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.ingest.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.io.BinaryEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Serialises accepted samples field by field, in the order of their schema: the same bytes as Avro's generic way over a
 * generated record, in less than half the time. Immutable.
 */
record SampleBytes(RecordCodec<AcceptedSample> codec) {
    /** Upper bound of what a sample has beside its id, label, text, features and image, with their lengths. */
    private static final int FRAME_BYTES = 64;

    private static final int TYPICAL_LABEL_BYTES = 32;
    private static final int NULL = 0;
    private static final int PRESENT = 1;

    /**
     * The record's bytes.
     *
     * @param id the sample's id in UTF-8
     */
    byte[] of(AcceptedSample sample, byte[] id) {
        if (!codec.isReady()) {
            return codec.encode(sample);
        }
        String text = sample.getText();
        int expected = FRAME_BYTES
                + TYPICAL_LABEL_BYTES
                + id.length
                + (text == null ? 0 : text.length())
                + length(sample.getFeatures())
                + length(sample.getImage());
        return codec.encode(expected, encoder -> {
            encoder.writeBytes(id);
            encoder.writeLong(sample.getEventTime().toEpochMilli());
            encoder.writeLong(sample.getReceivedAt().toEpochMilli());
            encoder.writeString(sample.getLabel());
            encoder.writeIndex(text == null ? NULL : PRESENT);
            if (text != null) {
                encoder.writeString(text);
            }
            write(encoder, sample.getFeatures());
            write(encoder, sample.getImage());
            encoder.writeInt(sample.getSourcePartition());
            encoder.writeLong(sample.getSourceOffset());
        });
    }

    private static void write(BinaryEncoder encoder, @Nullable ByteBuffer bytes) throws IOException {
        encoder.writeIndex(bytes == null ? NULL : PRESENT);
        if (bytes != null) {
            encoder.writeBytes(bytes);
        }
    }

    private static int length(@Nullable ByteBuffer bytes) {
        return bytes == null ? 0 : bytes.remaining();
    }
}
