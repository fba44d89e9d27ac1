package dev.millrace.trainer.grpo;

/**
 * Which classes form the output group of a sample. Immutable.
 *
 * <p>Up to {@code fullUpTo} classes the group is the whole class set. Beyond, it is the label, the {@code topK} most likely
 * classes of the old policy and {@code uniform} further ones drawn evenly, anew for each sample.
 *
 * @param fullUpTo largest number of classes enumerated in full; default 512; 2 or more
 * @param topK most likely classes in a drawn group; default 64; 1 or more
 * @param uniform classes drawn evenly from the rest; default 64; 0 or more; {@code topK + uniform < fullUpTo}
 * @param softmax classes over which probabilities are normalised; default {@link Softmax#FULL}
 */
public record GroupConfig(int fullUpTo, int topK, int uniform, Softmax softmax) {

    /** Normalisation of probabilities when the group is a subset. */
    public enum Softmax {
        /** Over every class that is not retired. */
        FULL,
        /** Over the group only. */
        RESTRICTED
    }

    public GroupConfig {
        Ranges.atLeast("group.fullUpTo", fullUpTo, 2);
        Ranges.atLeast("group.topK", topK, 1);
        Ranges.atLeast("group.uniform", uniform, 0);
        if ((long) topK + uniform >= fullUpTo) {
            throw new IllegalArgumentException("group.topK + group.uniform must be below group.fullUpTo, was " + topK
                    + " + " + uniform + " with fullUpTo " + fullUpTo);
        }
    }
}
