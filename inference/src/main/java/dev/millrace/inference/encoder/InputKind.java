package dev.millrace.inference.encoder;

/** What an encoder reads. */
public enum InputKind {
    /** Text, by a {@code tokenizer.json}. */
    TEXT,
    /** PNG or JPEG images, by a {@code preprocessor_config.json}. */
    IMAGE,
    /** Vectors of numbers, as they are. */
    FEATURES
}
