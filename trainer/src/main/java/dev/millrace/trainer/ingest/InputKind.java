package dev.millrace.trainer.ingest;

/** Which field of a sample feeds the encoder. */
public enum InputKind {
    /** {@code text}, for text encoders. */
    TEXT,
    /** {@code features}, little-endian float32, for encoders of feature vectors. */
    FEATURES
}
