package dev.millrace.inference.encoder;

import java.util.List;

/** One thing to embed, as it came from outside. Immutable by convention: nobody writes to the arrays. */
public sealed interface EncoderInput {
    InputKind kind();

    /** Characters before preprocessing; 0 for what is no text. Sorting by it leaves little padding. */
    default int length() {
        return 0;
    }

    /** A text, without the model's prefix. */
    record Text(String text) implements EncoderInput {
        @Override
        public InputKind kind() {
            return InputKind.TEXT;
        }

        @Override
        public int length() {
            return text.length();
        }
    }

    /** The texts of a list, in its order. */
    static List<EncoderInput> texts(List<String> texts) {
        return texts.stream().<EncoderInput>map(Text::new).toList();
    }
}
