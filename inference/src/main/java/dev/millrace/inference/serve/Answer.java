package dev.millrace.inference.serve;

import dev.millrace.inference.encoder.Encoded;
import java.util.List;

/**
 * What the model says about the texts of one request. Immutable.
 *
 * @param version that answered, for all the texts
 * @param dimension length of one embedding
 * @param labels classes in the order of the probabilities; empty without a head
 * @param encoded in the order of the texts
 */
record Answer(long version, int dimension, List<String> labels, Encoded encoded) {
    int tokens() {
        int sum = 0;
        for (int tokens : encoded.tokens()) {
            sum += tokens;
        }
        return sum;
    }
}
