package dev.millrace.trainer.evaluate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How good one encoder is, by every yardstick. Immutable.
 *
 * <p>Accuracies are fractions of the holdout samples; a label that the gallery lacks counts as a miss. NaN means not
 * measurable: no holdout, no gallery, or embeddings that are not finite.
 *
 * @param knn k nearest neighbours in the gallery
 * @param nearestMean nearest class mean of the gallery
 * @param crossEntropyHead softmax regression trained on the gallery
 * @param headAndKnn mean of that regression's probabilities and the neighbours' votes
 * @param servedHead the head inside the model; NaN for an encoder without one
 * @param health of gallery and holdout embeddings together
 * @param gallerySamples rows compared with
 * @param holdoutSamples rows scored
 */
public record EncoderEvaluation(
        double knn,
        double nearestMean,
        double crossEntropyHead,
        double headAndKnn,
        double servedHead,
        EmbeddingHealth health,
        int gallerySamples,
        int holdoutSamples) {

    /**
     * Scores an encoder by what it made of two sets of samples.
     *
     * @param gallery samples it may learn from
     * @param holdout samples it is scored on, never trained
     * @param head answers of the model's own head on the holdout samples, if it has one
     */
    public static EncoderEvaluation of(
            EvaluationConfig config,
            LabelledEmbeddings gallery,
            LabelledEmbeddings holdout,
            Optional<HeadAnswers> head) {
        EmbeddingHealth health = EmbeddingHealth.of(concatenated(gallery.embeddings(), holdout.embeddings()));
        Accuracies accuracies = health.finite() && gallery.size() > 0 && holdout.size() > 0
                ? Accuracies.of(config, gallery, holdout)
                : Accuracies.UNKNOWN;
        double served = head.map(answers -> answers.accuracy(holdout.labels())).orElse(Double.NaN);
        return new EncoderEvaluation(
                accuracies.knn(),
                accuracies.nearestMean(),
                accuracies.head(),
                accuracies.both(),
                health.finite() ? served : Double.NaN,
                health,
                gallery.size(),
                holdout.size());
    }

    private static float[][] concatenated(float[][] first, float[][] second) {
        float[][] all = new float[first.length + second.length][];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private record Accuracies(double knn, double nearestMean, double head, double both) {
        private static final Accuracies UNKNOWN = new Accuracies(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

        static Accuracies of(EvaluationConfig config, LabelledEmbeddings gallery, LabelledEmbeddings holdout) {
            Map<String, Integer> indices = new LinkedHashMap<>();
            gallery.labels().forEach(label -> indices.putIfAbsent(label, indices.size()));
            int classes = indices.size();
            int[] galleryLabels = indexed(gallery.labels(), indices);
            int[] holdoutLabels = indexed(holdout.labels(), indices);

            Gallery rows = filled(gallery.embeddings(), galleryLabels);
            NearestMean means = NearestMean.of(gallery.embeddings(), galleryLabels, classes);
            SoftmaxRegression probe =
                    SoftmaxRegression.fit(gallery.embeddings(), galleryLabels, classes, config.probeL2());
            int[] hits = new int[4];
            for (int i = 0; i < holdoutLabels.length; i++) {
                float[] query = holdout.embeddings()[i];
                double[] votes = config.nearestNeighbours().votes(query, rows, classes);
                double[] probabilities = probe.probabilities(query);
                int[] answers = {
                    Vectors.answer(votes),
                    means.predict(query),
                    Vectors.answer(probabilities),
                    Vectors.answer(sum(votes, probabilities))
                };
                for (int a = 0; a < answers.length; a++) {
                    hits[a] += answers[a] == holdoutLabels[i] ? 1 : 0;
                }
            }
            double n = holdoutLabels.length;
            return new Accuracies(hits[0] / n, hits[1] / n, hits[2] / n, hits[3] / n);
        }

        private static Gallery filled(float[][] embeddings, int[] labels) {
            Gallery rows = new Gallery(embeddings[0].length, embeddings.length);
            for (int i = 0; i < embeddings.length; i++) {
                rows.add(embeddings[i], labels[i]);
            }
            return rows;
        }

        /** A label outside the gallery gets an index that no answer ever has. */
        private static int[] indexed(List<String> labels, Map<String, Integer> indices) {
            return labels.stream()
                    .mapToInt(label -> indices.getOrDefault(label, Integer.MAX_VALUE))
                    .toArray();
        }

        private static double[] sum(double[] a, double[] b) {
            double[] sum = a.clone();
            for (int k = 0; k < sum.length; k++) {
                sum[k] += b[k];
            }
            return sum;
        }
    }
}
