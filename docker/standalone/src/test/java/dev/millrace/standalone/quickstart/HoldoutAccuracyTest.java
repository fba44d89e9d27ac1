package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.AcceptedSample;
import java.time.Instant;
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
                List.of(sample("first", "1 0"), sample("second", "0 1")),
                List.of(sample("first", "1 0.1"), sample("second", "0.1 1"), sample("second", "1 0.2")));

        assertThat(accuracy.of(BY_TEXT)).isEqualTo(2.0 / 3);
    }

    @Test
    void countsClassesThatWereNeverTrainedAsWrong() throws Exception {
        var accuracy = new HoldoutAccuracy(List.of(sample("first", "1 0")), List.of(sample("other", "1 0")));

        assertThat(accuracy.of(BY_TEXT)).isZero();
    }

    @Test
    void looksUpTheNewestTrainedSamplesOnly() throws Exception {
        List<AcceptedSample> trained = IntStream.range(0, 2_001)
                .mapToObj(i -> sample(i == 0 ? "old" : "new", "1 0"))
                .toList();

        var accuracy = new HoldoutAccuracy(trained, List.of(sample("old", "1 0")));

        assertThat(accuracy.gallerySize()).isEqualTo(2_000);
        assertThat(accuracy.of(BY_TEXT)).isZero();
    }

    @Test
    void isUnknownWithoutSamples() throws Exception {
        assertThat(new HoldoutAccuracy(List.of(), List.of(sample("a", "1 0"))).of(BY_TEXT))
                .isNaN();
        assertThat(new HoldoutAccuracy(List.of(sample("a", "1 0")), List.of()).of(BY_TEXT))
                .isNaN();
    }

    private static AcceptedSample sample(String label, String text) {
        return AcceptedSample.newBuilder()
                .setId(text)
                .setEventTime(Instant.EPOCH)
                .setReceivedAt(Instant.EPOCH)
                .setLabel(label)
                .setText(text)
                .setSourcePartition(0)
                .setSourceOffset(0)
                .build();
    }
}
