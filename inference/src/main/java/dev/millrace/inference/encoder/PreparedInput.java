package dev.millrace.inference.encoder;

/** One input after preprocessing, as small as it can be kept. Immutable by convention: nobody writes to the arrays. */
public sealed interface PreparedInput {
    /** What a run pays for it, in tokens; inputs of about the same length go well together. */
    int length();

    /**
     * A text.
     *
     * @param ids token ids without padding, special tokens included, at least 1
     * @param paddingId id that fills the row up where others are longer
     */
    record Tokens(long[] ids, long paddingId) implements PreparedInput {
        @Override
        public int length() {
            return ids.length;
        }
    }
}
