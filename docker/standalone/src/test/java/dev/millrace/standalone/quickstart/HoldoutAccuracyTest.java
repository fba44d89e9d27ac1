package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HoldoutAccuracyTest {
    /** A text is its own vector: "1 0" lies on the first axis. */
    private static final HoldoutAccuracy.Encoder BY_TEXT = texts -> texts.stream()
            .map(text -> text.split(" "))
            .map(xy -> new float[] {Float.parseFloat(xy[0]), Float.parseFloat(xy[1])})
            .toList();

    @Test
    void countsQueriesWhoseNeighboursTellTheirClass() throws Exception {
        var accuracy = new HoldoutAccuracy(
                List.of(gloss("first", "1 0"), gloss("second", "0 1")),
                List.of(gloss("first", "1 0.1"), gloss("second", "0.1 1"), gloss("second", "1 0.2")));

        assertThat(accuracy.of(BY_TEXT)).isEqualTo(2.0 / 3);
    }

    @Test
    void countsClassesThatWereNeverTrainedAsWrong() throws Exception {
        var accuracy = new HoldoutAccuracy(List.of(gloss("first", "1 0")), List.of(gloss("other", "1 0")));

        assertThat(accuracy.of(BY_TEXT)).isZero();
    }

    @Test
    void looksUpTheNewestTrainedSamplesOnly() throws Exception {
        List<Gloss> trained = IntStream.range(0, 2_001)
                .mapToObj(i -> gloss(i == 0 ? "old" : "new", "1 0"))
                .toList();

        var accuracy = new HoldoutAccuracy(trained, List.of(gloss("old", "1 0")));

        assertThat(accuracy.gallerySize()).isEqualTo(2_000);
        assertThat(accuracy.of(BY_TEXT)).isZero();
    }

    @Test
    void isUnknownWithoutSamples() throws Exception {
        assertThat(new HoldoutAccuracy(List.of(), List.of(gloss("a", "1 0"))).of(BY_TEXT))
                .isNaN();
        assertThat(new HoldoutAccuracy(List.of(gloss("a", "1 0")), List.of()).of(BY_TEXT))
                .isNaN();
    }

    private static Gloss gloss(String label, String text) {
        return new Gloss(text, label, text);
    }
}
