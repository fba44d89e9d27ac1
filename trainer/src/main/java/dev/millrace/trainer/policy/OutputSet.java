package dev.millrace.trainer.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The labels a model can answer with, each with its stable index: row of the head, column of the logits.
 *
 * <p>Immutable; {@link #with} returns a larger snapshot. Labels are never removed or reordered.
 */
public final class OutputSet {
    private final List<String> labels;
    private final Map<String, Integer> indices;
    private final int maxClasses;

    private OutputSet(List<String> labels, int maxClasses) {
        this.labels = List.copyOf(labels);
        this.indices = new HashMap<>();
        this.maxClasses = maxClasses;
        for (String label : this.labels) {
            if (indices.putIfAbsent(label, indices.size()) != null) {
                throw new IllegalArgumentException(
                        "labels of an output set must differ, \"" + label + "\" is there twice");
            }
        }
        if (labels.size() > maxClasses) {
            throw new IllegalArgumentException(
                    "an output set holds at most maxClasses = " + maxClasses + " labels, had " + labels.size());
        }
    }

    /**
     * A set that takes new labels.
     *
     * @param labels known so far, in index order; may be empty
     * @param maxClasses most labels it will ever hold, 1 or more
     */
    public static OutputSet open(List<String> labels, int maxClasses) {
        if (maxClasses < 1) {
            throw new IllegalArgumentException("maxClasses must be at least 1, was " + maxClasses);
        }
        return new OutputSet(labels, maxClasses);
    }

    /** In index order. */
    public List<String> labels() {
        return labels;
    }

    public int size() {
        return labels.size();
    }

    /** Index of a label, if it is in the set. */
    public OptionalInt indexOf(String label) {
        Integer index = indices.get(label);
        return index == null ? OptionalInt.empty() : OptionalInt.of(index);
    }

    /** Whether a sample with this label can be trained: it is known, or there is room for it. */
    public boolean accepts(String label) {
        return indices.containsKey(label) || labels.size() < maxClasses;
    }

    /**
     * The set that knows this label too, at the next free index; this set if it knows it already.
     *
     * @throws IllegalStateException if {@link #accepts} says no
     */
    public OutputSet with(String label) {
        if (indices.containsKey(label)) {
            return this;
        }
        if (!accepts(label)) {
            throw new IllegalStateException(
                    "label \"" + label + "\" does not fit: the output set is full with " + labels.size() + " labels");
        }
        List<String> grown = new ArrayList<>(labels);
        grown.add(label);
        return new OutputSet(grown, maxClasses);
    }
}
