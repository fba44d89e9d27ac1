package dev.millrace.trainer.evaluate;

/**
 * Weighted k-nearest-neighbour classification by cosine. Immutable.
 *
 * <p>Each of the {@code k} most similar rows votes for its class with {@code softmax(similarity / temperature)} over the
 * {@code k}. Source: the frozen-embedding protocol of DINOv2, arXiv 2304.07193.
 *
 * @param k neighbours asked, 1 or more; default 20. Fewer vote while the gallery is smaller
 * @param temperature sharpness of the votes, above 0; default 0.07
 */
public record NearestNeighbours(int k, double temperature) {

    public NearestNeighbours {
        if (k < 1) {
            throw new IllegalArgumentException("evaluation.neighbours must be at least 1, was " + k);
        }
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("evaluation.voteTemperature must be above 0, was " + temperature);
        }
    }

    /**
     * Votes of a query's neighbours.
     *
     * @param query {@code [dimension]}, of any length above 0; not modified
     * @param gallery rows to compare with
     * @param classes length of the result, above every label in the gallery
     * @return a new array {@code [classes]} with sum 1; all zeros if the gallery is empty or the query has no direction
     */
    public double[] votes(float[] query, Gallery gallery, int classes) {
        double[] votes = new double[classes];
        float[] direction = Vectors.normalised(query);
        if (gallery.size() == 0 || Vectors.isZero(direction)) {
            return votes;
        }
        float[] similarities = gallery.similarities(direction);
        int[] nearest = nearest(similarities, gallery.size());
        double highest = similarities[nearest[0]];
        double total = 0;
        for (int slot : nearest) {
            total += Math.exp((similarities[slot] - highest) / temperature);
        }
        for (int slot : nearest) {
            votes[gallery.label(slot)] += Math.exp((similarities[slot] - highest) / temperature) / total;
        }
        return votes;
    }

    /**
     * The class with most votes, or -1 if nothing votes.
     *
     * @param query as in {@link #votes}
     * @param gallery as in {@link #votes}
     * @param classes as in {@link #votes}
     */
    public int predict(float[] query, Gallery gallery, int classes) {
        return Vectors.answer(votes(query, gallery, classes));
    }

    /** Slots of the most similar rows, most similar first, by insertion into a short sorted list. */
    private int[] nearest(float[] similarities, int size) {
        int[] best = new int[Math.min(k, size)];
        int found = 0;
        for (int slot = 0; slot < size; slot++) {
            boolean full = found == best.length;
            if (full && similarities[slot] <= similarities[best[found - 1]]) {
                continue;
            }
            int at = full ? found - 1 : found++;
            while (at > 0 && similarities[best[at - 1]] < similarities[slot]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = slot;
        }
        return best;
    }
}
