package dev.millrace.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EncoderEvaluationTest {
    private static final EvaluationConfig CONFIG = new EvaluationConfig(20, 0.07, 3e-5);

    @Test
    void cleanClustersAreFoundByEveryYardstick() {
        EncoderEvaluation evaluation = evaluate(gallery(0.2), holdout(0.2), Optional.empty());

        assertThat(evaluation.knn()).isEqualTo(1);
        assertThat(evaluation.nearestMean()).isEqualTo(1);
        assertThat(evaluation.crossEntropyHead()).isEqualTo(1);
        assertThat(evaluation.headAndKnn()).isEqualTo(1);
        assertThat(evaluation.servedHead()).isNaN();
        assertThat(evaluation.gallerySamples()).isEqualTo(240);
        assertThat(evaluation.holdoutSamples()).isEqualTo(120);
        assertThat(evaluation.health().effectiveRank()).isGreaterThan(5);
    }

    @Test
    void shuffledLabelsAreFoundByChanceOnly() {
        List<String> shuffled = new ArrayList<>(Clusters.names(240, 6));
        Collections.shuffle(shuffled, new Random(1));
        EncoderEvaluation evaluation =
                evaluate(new LabelledEmbeddings(gallery(1).embeddings(), shuffled), holdout(1), Optional.empty());

        assertThat(evaluation.knn()).isLessThan(0.4);
        assertThat(evaluation.crossEntropyHead()).isLessThan(0.4);
    }

    @Test
    void labelMissingInTheGalleryIsAMiss() {
        List<String> labels = new ArrayList<>(Clusters.names(120, 6));
        labels.replaceAll(label -> label.equals("class 0") ? "unheard of" : label);
        EncoderEvaluation evaluation =
                evaluate(gallery(0.2), new LabelledEmbeddings(holdout(0.2).embeddings(), labels), Optional.empty());

        assertThat(evaluation.knn()).isCloseTo(5 / 6.0, within(1e-12));
        assertThat(evaluation.headAndKnn()).isCloseTo(5 / 6.0, within(1e-12));
    }

    @Test
    void servedHeadIsScoredByItsOwnOutputSet() {
        float[][] probabilities = new float[120][3];
        for (float[] row : probabilities) {
            row[2] = 0.9f; // always "class 1"
        }
        HeadAnswers answers = HeadAnswers.of(probabilities, List.of("class 5", "class 3", "class 1"));

        assertThat(evaluate(gallery(1), holdout(1), Optional.of(answers)).servedHead())
                .isCloseTo(1 / 6.0, within(1e-12));
    }

    @Test
    void whatCannotBeMeasuredIsNaN() {
        LabelledEmbeddings none = new LabelledEmbeddings(new float[0][], List.of());
        float[][] broken = holdout(1).embeddings();
        broken[7][2] = Float.NaN;
        EncoderEvaluation notFinite =
                evaluate(gallery(1), new LabelledEmbeddings(broken, Clusters.names(120, 6)), Optional.empty());

        assertThat(evaluate(gallery(1), none, Optional.empty()).knn()).isNaN();
        assertThat(evaluate(none, holdout(1), Optional.empty()).crossEntropyHead())
                .isNaN();
        assertThat(notFinite.knn()).isNaN();
        assertThat(notFinite.nearestMean()).isNaN();
        assertThat(notFinite.health().finite()).isFalse();
    }

    @Test
    void mismatchedSizesAreRefused() {
        assertThatThrownBy(() -> new LabelledEmbeddings(new float[2][3], List.of("a")))
                .hasMessageContaining("had 1 for 2");
        assertThatThrownBy(() -> HeadAnswers.of(new float[1][2], List.of("a"))).hasMessageContaining("had 2 for 1");
        assertThatThrownBy(() -> evaluate(gallery(1), holdout(1), Optional.of(new HeadAnswers(List.of("a")))))
                .hasMessageContaining("had 1 of 120");
    }

    private static EncoderEvaluation evaluate(
            LabelledEmbeddings gallery, LabelledEmbeddings holdout, Optional<HeadAnswers> head) {
        return EncoderEvaluation.of(CONFIG, gallery, holdout, head);
    }

    private static LabelledEmbeddings gallery(double noise) {
        return new LabelledEmbeddings(Clusters.rows(240, 12, 6, noise), Clusters.names(240, 6));
    }

    private static LabelledEmbeddings holdout(double noise) {
        return new LabelledEmbeddings(Clusters.rows(120, 12, 6, new Random(21), noise), Clusters.names(120, 6));
    }
}
