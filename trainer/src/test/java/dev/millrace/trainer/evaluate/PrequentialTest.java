package dev.millrace.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrequentialTest {

    @Test
    void windowForgetsAndTheTotalDoesNot() {
        Prequential prequential = new Prequential(4, 0.5);
        for (boolean hit : new boolean[] {false, false, false, true, true, true, true}) {
            prequential.score(hit);
        }

        assertThat(prequential.seen()).isEqualTo(7);
        assertThat(prequential.windowed()).isEqualTo(1);
        assertThat(prequential.cumulative()).isCloseTo(4 / 7.0, within(1e-12));
        assertThat(prequential.smoothed()).isCloseTo(1 - Math.pow(0.5, 4), within(1e-12));
    }

    @Test
    void smoothedAccuracyStartsAsThePlainMean() {
        Prequential prequential = new Prequential(10, 0.01);
        prequential.score(true);
        prequential.score(false);
        prequential.score(false);

        assertThat(prequential.smoothed()).isCloseTo(1 / 3.0, within(1e-12));
    }

    @Test
    void nothingIsKnownBeforeTheFirstSample() {
        Prequential prequential = new Prequential(10, 0.01);

        assertThat(prequential.windowed()).isNaN();
        assertThat(prequential.cumulative()).isNaN();
        assertThat(prequential.smoothed()).isNaN();
    }

    @Test
    void restoredScoreContinuesWithoutADifference() {
        Prequential whole = new Prequential(5, 0.1);
        Prequential first = new Prequential(5, 0.1);
        for (int i = 0; i < 8; i++) {
            whole.score(i % 3 == 0);
            first.score(i % 3 == 0);
        }
        Prequential second = Prequential.restored(first.state());
        for (int i = 8; i < 30; i++) {
            whole.score(i % 3 == 0);
            second.score(i % 3 == 0);
        }

        assertThat(second.state()).isEqualTo(whole.state());
        assertThat(second.windowed()).isEqualTo(whole.windowed());
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> new Prequential(0, 0.1)).hasMessageContaining("prequential.window");
        assertThatThrownBy(() -> new Prequential(5, 0)).hasMessageContaining("prequential.alpha");
        assertThatThrownBy(() -> new Prequential.State(1, 0.1, 2, 2, 1, List.of(true, true)))
                .hasMessageContaining("hold 2 samples, was 1");
    }
}
