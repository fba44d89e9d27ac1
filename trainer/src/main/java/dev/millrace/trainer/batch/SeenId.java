package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * An id that was accepted, as it is stored: three big-endian numbers of eight bytes. Immutable.
 *
 * @param high of {@link IdHash}
 * @param low of {@link IdHash}
 * @param acceptedAt epoch milliseconds, by the clock of {@link SeenIds}
 */
record SeenId(long high, long low, long acceptedAt) {
    static final int BYTES = 3 * Long.BYTES;

    static SeenId read(ByteBuffer from) {
        return new SeenId(from.getLong(), from.getLong(), from.getLong());
    }

    /** As many as the bytes hold. */
    static List<SeenId> readAll(byte[] bytes) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        List<SeenId> ids = new ArrayList<>(bytes.length / BYTES);
        while (rest.hasRemaining()) {
            ids.add(read(rest));
        }
        return ids;
    }

    void write(ByteBuffer to) {
        to.putLong(high).putLong(low).putLong(acceptedAt);
    }
}
