package dev.millrace.trainer.evaluate;

/** Classification by the nearest class mean, compared by cosine. Immutable. */
public final class NearestMean {
    private final Gallery means;

    private NearestMean(Gallery means) {
        this.means = means;
    }

    /**
     * Takes the mean of each class over normalised rows.
     *
     * @param embeddings {@code [samples][dimension]}, at least one; not modified
     * @param labels {@code [samples]}, each in {@code [0, classes)}; classes without a sample are never predicted
     * @param classes number of classes
     */
    public static NearestMean of(float[][] embeddings, int[] labels, int classes) {
        int dimension = embeddings[0].length;
        float[][] sums = new float[classes][dimension];
        for (int i = 0; i < embeddings.length; i++) {
            float[] row = Vectors.normalised(embeddings[i]);
            for (int d = 0; d < dimension; d++) {
                sums[labels[i]][d] += row[d];
            }
        }
        Gallery means = new Gallery(dimension, classes);
        for (int label = 0; label < classes; label++) {
            means.add(sums[label], label);
        }
        return new NearestMean(means);
    }

    /**
     * Class of the nearest mean, or -1 if there is none or the embedding has no direction.
     *
     * @param embedding {@code [dimension]}; not modified
     */
    public int predict(float[] embedding) {
        float[] direction = Vectors.normalised(embedding);
        if (means.size() == 0 || Vectors.isZero(direction)) {
            return -1;
        }
        float[] similarities = means.similarities(direction);
        int best = 0;
        for (int slot = 1; slot < means.size(); slot++) {
            if (similarities[slot] > similarities[best]) {
                best = slot;
            }
        }
        return means.label(best);
    }
}
