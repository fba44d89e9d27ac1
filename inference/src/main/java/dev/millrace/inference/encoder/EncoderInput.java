package dev.millrace.inference.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;

/** One thing to embed, as it came from outside. Immutable by convention: nobody writes to the arrays. */
public sealed interface EncoderInput {
    /** What it is. */
    InputKind kind();

    /**
     * This, as the kind that is wanted.
     *
     * @throws UnusableInputException when it is of another kind
     */
    default <T extends EncoderInput> T as(Class<T> wanted) {
        if (!wanted.isInstance(this)) {
            throw new UnusableInputException(
                    UnusableInputException.Cause.WRONG_KIND,
                    "the input is of the kind " + kind() + ", this model takes "
                            + wanted.getSimpleName().toLowerCase(Locale.ROOT));
        }
        return wanted.cast(this);
    }

    /** A text, without the model's prefix. */
    record Text(String text) implements EncoderInput {
        @Override
        public InputKind kind() {
            return InputKind.TEXT;
        }
    }

    /** The bytes of a PNG or JPEG file. */
    record Image(byte[] bytes) implements EncoderInput {
        /** A copy of what the buffer still holds, which stays as it is. */
        public static Image of(ByteBuffer file) {
            byte[] bytes = new byte[file.remaining()];
            file.duplicate().get(bytes);
            return new Image(bytes);
        }

        @Override
        public InputKind kind() {
            return InputKind.IMAGE;
        }
    }

    /** A feature vector. */
    record Features(float[] values) implements EncoderInput {
        /** A copy of the little-endian floats that the buffer still holds, which stays as it is. */
        public static Features of(ByteBuffer littleEndian) {
            float[] values = new float[littleEndian.remaining() / Float.BYTES];
            littleEndian
                    .duplicate()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
            return new Features(values);
        }

        /** The values as little-endian floats. */
        public ByteBuffer littleEndian() {
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            return bytes;
        }

        @Override
        public InputKind kind() {
            return InputKind.FEATURES;
        }
    }

    /** The texts of a list, in its order. */
    static List<EncoderInput> texts(List<String> texts) {
        return texts.stream().<EncoderInput>map(Text::new).toList();
    }
}
