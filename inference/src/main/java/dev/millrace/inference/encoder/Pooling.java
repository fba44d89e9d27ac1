package dev.millrace.inference.encoder;

/** How what an encoder makes of an input becomes one vector. */
public enum Pooling {
    /** Mean over the tokens under the attention mask, what MiniLM and E5 were trained with; over a feature map's pixels. */
    MEAN,
    /** Vector of the first token; what BGE and vision transformers were trained with. */
    CLS,
    /** Largest value of each component over the tokens under the attention mask, or over a feature map's pixels. */
    MAX,
    /** The graph makes one vector an input itself. */
    NONE;

    /** Whether it can work on a value with so many dimensions. */
    boolean takes(int rank) {
        return switch (this) {
            case MEAN, MAX -> rank == HiddenValue.TOKENS || rank == HiddenValue.FEATURE_MAP;
            case CLS -> rank == HiddenValue.TOKENS;
            case NONE -> rank == HiddenValue.VECTOR;
        };
    }

    /** The forms that it can work on, for people. */
    String forms() {
        return switch (this) {
            case MEAN, MAX -> "[batch, sequence, dimension] or [batch, channels, height, width]";
            case CLS -> "[batch, sequence, dimension]";
            case NONE -> "[batch, dimension]";
        };
    }
}
