package dev.millrace.contract;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;

/**
 * Content-addressed blobs: tensors, graphs, tokenizers. A blob is named by its SHA-256 and never changes, so storing it
 * twice is harmless. Implementations are thread-safe and may be shared by several processes.
 */
public interface SnapshotStore {
    boolean contains(String sha256) throws IOException;

    /**
     * Stores the bytes between position and limit, durably when this returns; does nothing when the blob is there already.
     * The buffer's position is left as it was.
     *
     * @return the SHA-256, which is the address
     */
    String put(ByteBuffer bytes) throws IOException;

    /**
     * Reads a blob and verifies its hash.
     *
     * @return a read-only direct buffer, little-endian, or empty when there is no such blob
     * @throws CorruptBlobException when the bytes do not have that hash
     */
    Optional<ByteBuffer> get(String sha256) throws IOException;

    /**
     * As {@link #get}, into memory of the caller, which may use it again and again.
     *
     * @param target filled from its position to its limit, which must be as far apart as the blob is long; its position
     *     is left as it was
     * @return false when there is no such blob
     * @throws CorruptBlobException when the bytes do not have that hash or that length
     */
    default boolean read(String sha256, ByteBuffer target) throws IOException {
        Optional<ByteBuffer> blob = get(sha256);
        if (blob.isPresent() && blob.get().remaining() != target.remaining()) {
            throw new CorruptBlobException("blob " + sha256 + " has "
                    + blob.get().remaining() + " bytes where " + target.remaining() + " are expected");
        }
        blob.ifPresent(bytes -> target.duplicate().put(bytes));
        return blob.isPresent();
    }

    /**
     * Deletes every blob that is not in {@code keep} and was stored before {@code olderThanMillis} of epoch time.
     *
     * @return how many blobs were deleted
     */
    int retainOnly(Set<String> keep, long olderThanMillis) throws IOException;

    /** A stored blob does not have the hash it is named by. */
    final class CorruptBlobException extends IOException {
        public CorruptBlobException(String message) {
            super(message);
        }
    }
}
