package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientClipTest {
    private static final GradientClip CLIP = new GradientClip(1);

    @Test
    void longGradientsAreScaledToTheLimit() {
        assertThat(norm(new float[] {3, 0}, new float[] {0, 4})).isEqualTo(5);
        assertThat(CLIP.scale(5)).isEqualTo(0.2);
    }

    @Test
    void shortGradientsStayAsTheyAre() {
        double norm = norm(new float[] {0.3f}, new float[] {0.4f});

        assertThat(norm).isBetween(0.4999999, 0.5000001);
        assertThat(CLIP.scale(norm)).isEqualTo(1);
    }

    @Test
    void normIsADoubleSumInOneOrder() {
        float[] first = new float[10_000];
        float[] second = new float[4_096];
        double squares = 0;
        for (float[] part : new float[][] {first, second}) {
            for (int i = 0; i < part.length; i++) {
                part[i] = (float) Math.sin(i + part.length);
                squares += (double) part[i] * part[i];
            }
        }

        assertThat(norm(first, second)).isCloseTo(Math.sqrt(squares), within(1e-12 * squares));
        assertThat(norm(first, second)).isEqualTo(norm(first, second));
    }

    @Test
    void threadsDoNotChangeABit() {
        float[] first = new float[300_001];
        float[] second = new float[70_000];
        for (float[] part : new float[][] {first, second}) {
            for (int i = 0; i < part.length; i++) {
                part[i] = (float) Math.sin(i + part.length);
            }
        }
        List<FloatBuffer> gradients = List.of(FloatBuffer.wrap(first), FloatBuffer.wrap(second));
        double alone = norm(first, second);

        try (Workers three = new Workers(3)) {
            for (int i = 0; i < 20; i++) {
                assertThat(GradientClip.norm(gradients, three)).isEqualTo(alone);
            }
        }
    }

    @Test
    void gradientIsReadFromItsPosition() {
        FloatBuffer shifted = FloatBuffer.wrap(new float[] {9, 3, 4}).position(1);

        assertThat(norm(List.of(shifted))).isEqualTo(5);
        assertThat(shifted.position()).isEqualTo(1);
    }

    @Test
    void hugeButFiniteGradientsAreMeasured() {
        assertThat(norm(new float[] {Float.MAX_VALUE, Float.MAX_VALUE}, new float[] {1}))
                .isFinite();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void nonFiniteGradientHasNoFiniteNorm(float bad) {
        assertThat(norm(new float[] {1, 2}, new float[] {1, bad})).isNotFinite();
    }

    @Test
    void limitMustBePositive() {
        assertThatThrownBy(() -> new GradientClip(0)).hasMessageContaining("clipNorm must be above 0, was 0");
        assertThatThrownBy(() -> new GradientClip(Double.NaN)).hasMessageContaining("was NaN");
    }

    private static double norm(float[] first, float[] second) {
        return norm(List.of(FloatBuffer.wrap(first), FloatBuffer.wrap(second)));
    }

    private static double norm(List<FloatBuffer> gradients) {
        try (Workers alone = new Workers(1)) {
            return GradientClip.norm(gradients, alone);
        }
    }
}
