package dev.millrace.trainer.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * What a model's own head said. Immutable.
 *
 * @param labels most probable label of each sample, in the order of the samples
 */
public record HeadAnswers(List<String> labels) {
    public HeadAnswers {
        labels = List.copyOf(labels);
    }

    /**
     * Takes the most probable label of each sample.
     *
     * @param probabilities {@code [samples][classes]}; not modified
     * @param outputSet label of each class, {@code [classes]}
     */
    public static HeadAnswers of(float[][] probabilities, List<String> outputSet) {
        List<String> labels = new ArrayList<>(probabilities.length);
        for (float[] row : probabilities) {
            if (row.length != outputSet.size() || row.length == 0) {
                throw new IllegalArgumentException("there must be one probability per label of the output set, had "
                        + row.length + " for " + outputSet.size());
            }
            int best = 0;
            for (int k = 1; k < row.length; k++) {
                best = row[k] > row[best] ? k : best;
            }
            labels.add(outputSet.get(best));
        }
        return new HeadAnswers(labels);
    }

    /** Share of samples answered with their label; NaN if there are none. */
    double accuracy(List<String> truth) {
        if (labels.size() != truth.size()) {
            throw new IllegalArgumentException(
                    "the head must answer every sample, had " + labels.size() + " of " + truth.size());
        }
        int hits = 0;
        for (int i = 0; i < labels.size(); i++) {
            hits += labels.get(i).equals(truth.get(i)) ? 1 : 0;
        }
        return labels.isEmpty() ? Double.NaN : (double) hits / labels.size();
    }
}
