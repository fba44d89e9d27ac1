package dev.millrace.trainer.policy;

import dev.millrace.contract.Range;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Weights with a pace of their own. A weight belongs to the first group that matches it. What is left out stays as it is
 * without the group. Immutable.
 *
 * @param match patterns over node paths and initializer names
 * @param rateFactor factor on the encoder's learning rate, layer decay included
 * @param rate learning rate in place of the encoder's, without layer decay; not together with {@code rateFactor}
 * @param weightDecay decay in place of {@code policy.weightDecay}, of vectors too
 */
public record RateGroup(
        List<String> match,
        @Range(min = 0, max = 1e6) @Nullable Double rateFactor,
        @Range(min = 0, max = 10) @Nullable Double rate,
        @Range(min = 0, max = 1) @Nullable Double weightDecay) {

    public RateGroup {
        match = List.copyOf(match);
        if (match.isEmpty()) {
            throw new IllegalArgumentException("match must name at least one pattern");
        }
        if (rateFactor != null && rate != null) {
            throw new IllegalArgumentException(
                    "either rateFactor or rate can be given, were " + rateFactor + " and " + rate);
        }
    }
}
