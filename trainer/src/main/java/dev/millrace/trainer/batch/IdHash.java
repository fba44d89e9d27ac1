package dev.millrace.trainer.batch;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * An id as this package deals with it: 192 bits of its SHA-256. Immutable.
 *
 * @param split says whether the id is held out
 * @param high together with {@code low} stands for the id where ids are remembered: among a billion of them two that agree
 *     are expected once in 10^20 times
 * @param low see {@code high}
 */
record IdHash(long split, long high, long low) {
    /**
     * The hash of an id in UTF-8.
     *
     * @param digest of SHA-256, kept by the caller: looking one up costs more than a short id's hash
     */
    static IdHash of(byte[] id, MessageDigest digest) {
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(id));
        return new IdHash(hash.getLong(), hash.getLong(), hash.getLong());
    }
}
