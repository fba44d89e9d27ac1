package dev.millrace.inference.encoder;

/** How the vectors of a text's tokens become one vector. */
public enum Pooling {
    /** Mean over the tokens under the attention mask; what MiniLM and E5 were trained with. */
    MEAN,
    /** Vector of the first token; what BGE was trained with. */
    CLS
}
