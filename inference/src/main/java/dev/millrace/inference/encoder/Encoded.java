package dev.millrace.inference.encoder;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * What an encoder says about some texts, in the order of the texts. The arrays are handed over, not copied.
 *
 * @param embeddings {@code [texts, dim]}, L2-normalised
 * @param probabilities {@code [texts, classes]}, each row sums to 1; zero columns when the graph has no head
 * @param logits {@code [texts, classes]}; zero columns when the graph has no head
 * @param tokens {@code [texts]}: tokens read of each text, special tokens included, after cutting
 */
public record Encoded(float[][] embeddings, float[][] probabilities, float[][] logits, int[] tokens) {
    /** The rows of some texts in a row; shares them. */
    public Encoded slice(int from, int to) {
        return new Encoded(
                Arrays.copyOfRange(embeddings, from, to),
                Arrays.copyOfRange(probabilities, from, to),
                Arrays.copyOfRange(logits, from, to),
                Arrays.copyOfRange(tokens, from, to));
    }

    /** Whether every number is one: inputs that overflow in the model make infinities. */
    public boolean isFinite() {
        return Stream.of(embeddings, probabilities).flatMap(Arrays::stream).allMatch(Encoded::isFinite);
    }

    private static boolean isFinite(float[] row) {
        for (float value : row) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** Number of texts. */
    public int size() {
        return embeddings.length;
    }
}
