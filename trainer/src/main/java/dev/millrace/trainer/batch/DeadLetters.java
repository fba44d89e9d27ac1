package dev.millrace.trainer.batch;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.trainer.ingest.Decoded;
import dev.millrace.trainer.ingest.SourcePosition;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes dead letters that the topic can take. Immutable.
 *
 * <p>Key and value are kept byte for byte as long as the record fits. One that does not (a compressed giant that the samples
 * topic took) would stop its partition for ever, so its bytes stay behind and the detail says where they are.
 *
 * @param maxBytes largest record that the dead-letters topic takes
 */
record DeadLetters(int maxBytes) {
    /** Upper bound of a dead letter's fields and record overhead, original bytes and detail left out. */
    private static final int FRAME_BYTES = 1_000;

    private static final int LONGEST_DETAIL = 2_000;

    /** Bytes of UTF-8 per Java char, at most. */
    private static final int BYTES_PER_CHAR = 3;

    DeadLetter of(byte @Nullable [] key, byte @Nullable [] value, Decoded.Rejected rejected, SourcePosition source) {
        String detail = shortened(rejected.detail());
        boolean isValueKept = length(key) * 2L + length(value) + frame(detail) <= maxBytes;
        boolean isKeyKept = isValueKept || length(key) * 2L + frame(detail) <= maxBytes;
        return DeadLetter.newBuilder()
                .setCause(rejected.reason())
                .setDetail(isValueKept ? detail : detail + leftBehind(key, value, source, isKeyKept))
                .setKey(isKeyKept ? wrapped(key) : null)
                .setValue(isValueKept ? wrapped(value) : null)
                .setSourceTopic(source.topic())
                .setSourcePartition(source.partition())
                .setSourceOffset(source.offset())
                .setSchemaId(rejected.schemaId())
                .setReceivedAt(source.receivedAt())
                .build();
    }

    private String leftBehind(
            byte @Nullable [] key, byte @Nullable [] value, SourcePosition source, boolean isKeyKept) {
        return "; key of %d and value of %d bytes are more than the %d bytes that dead-letters takes, so the %s at %s-%d offset %d"
                .formatted(
                        length(key),
                        length(value),
                        maxBytes,
                        isKeyKept ? "value stays" : "key and value stay",
                        source.topic(),
                        source.partition(),
                        source.offset());
    }

    private static String shortened(String detail) {
        return detail.length() <= LONGEST_DETAIL ? detail : detail.substring(0, LONGEST_DETAIL) + "...";
    }

    private static long frame(String detail) {
        return FRAME_BYTES + (long) BYTES_PER_CHAR * detail.length();
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static @Nullable ByteBuffer wrapped(byte @Nullable [] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }
}
