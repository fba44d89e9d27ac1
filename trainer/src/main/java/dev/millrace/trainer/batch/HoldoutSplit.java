package dev.millrace.trainer.batch;

import dev.millrace.contract.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Which ids are never trained on: those whose SHA-256, read as a number in [0, 1), is below the fraction. The same for every
 * process, restart and order of arrival; a larger fraction keeps the ids of a smaller one. Owned by one stream thread.
 */
final class HoldoutSplit {
    /** A double holds 53 bits exactly. */
    private static final int SURPLUS_BITS = Long.SIZE - 53;

    private static final double UNIT = 0x1.0p-53;

    private final double fraction;
    private final MessageDigest digest = Sha256.newDigest(); // looking one up costs more than a short id's hash

    /** @param fraction share of the ids that is held out, in [0, 1] */
    HoldoutSplit(double fraction) {
        this.fraction = fraction;
    }

    /** Whether this id, given in UTF-8, is held out. */
    boolean isHeldOut(byte[] id) {
        return (ByteBuffer.wrap(digest.digest(id)).getLong() >>> SURPLUS_BITS) * UNIT < fraction;
    }
}
