package dev.millrace.trainer.batch;

import dev.millrace.contract.Sha256;
import java.nio.ByteBuffer;

/**
 * Which ids are never trained on: those whose SHA-256, read as a number in [0, 1), is below the fraction. The same for every
 * process, restart and order of arrival; a larger fraction keeps the ids of a smaller one. Immutable.
 *
 * @param fraction share of the ids that is held out, in [0, 1]
 */
record HoldoutSplit(double fraction) {
    /** A double holds 53 bits exactly. */
    private static final int SURPLUS_BITS = Long.SIZE - 53;

    private static final double UNIT = 0x1.0p-53;

    /** Whether this id, given in UTF-8, is held out. */
    boolean isHeldOut(byte[] id) {
        byte[] digest = Sha256.newDigest().digest(id);
        return (ByteBuffer.wrap(digest).getLong() >>> SURPLUS_BITS) * UNIT < fraction;
    }
}
