package dev.millrace.inference.encoder;

import java.util.List;

/** One input after preprocessing, as small as it can be kept. Immutable by convention: nobody writes to the arrays. */
public sealed interface PreparedInput {
    /** What a run pays for it, in tokens; inputs of about the same length go well together. */
    int length();

    /** Tokens read of it; 0 for what is no text. */
    default int tokens() {
        return 0;
    }

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

        @Override
        public int tokens() {
            return ids.length;
        }
    }

    /** An input whose shape is the same for every input of a model. */
    sealed interface Numbers extends PreparedInput {
        /** Shape without the batch. */
        List<Integer> shape();

        /** Writes the numbers, row-major, into an array from this place on. */
        void copyTo(float[] values, int at);
    }

    /**
     * An image of the size that the model takes. Kept in 8 bits, so that a replay reservoir of images fits into memory.
     *
     * @param planes {@code [channels, height, width]}, unsigned
     * @param scale shared by all images of a model
     */
    record Pixels(byte[] planes, PixelScale scale) implements Numbers {
        /** A vision transformer makes one token of so many numbers: 16 x 16 pixels in three colours. */
        private static final int NUMBERS_A_TOKEN = 768;

        @Override
        public int length() {
            return Math.max(1, planes.length / NUMBERS_A_TOKEN);
        }

        @Override
        public List<Integer> shape() {
            return scale.shape();
        }

        @Override
        public void copyTo(float[] values, int at) {
            scale.copy(planes, values, at);
        }
    }

    /** A feature vector. */
    record Vector(float[] numbers) implements Numbers {
        @Override
        public int length() {
            return 1;
        }

        @Override
        public List<Integer> shape() {
            return List.of(numbers.length);
        }

        @Override
        public void copyTo(float[] values, int at) {
            System.arraycopy(numbers, 0, values, at, numbers.length);
        }
    }
}
