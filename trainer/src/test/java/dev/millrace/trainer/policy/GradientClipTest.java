package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.trainer.policy.GradientClip.Accepted;
import dev.millrace.trainer.policy.GradientClip.Refused;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientClipTest {
    private static final GradientClip CLIP = new GradientClip(1);

    @Test
    void longGradientsAreScaledToTheLimit() {
        var outcome = CLIP.measure(gradients(new float[] {3, 0}, new float[] {0, 4}));

        assertThat(outcome).isEqualTo(new Accepted(5, 0.2));
    }

    @Test
    void shortGradientsStayAsTheyAre() {
        assertThat(CLIP.measure(gradients(new float[] {0.3f}, new float[] {0.4f})))
                .isInstanceOfSatisfying(Accepted.class, accepted -> {
                    assertThat(accepted.scale()).isEqualTo(1);
                    assertThat(accepted.norm()).isBetween(0.4999999, 0.5000001);
                });
    }

    @Test
    void normIsOneSequentialDoubleSum() {
        float[] first = new float[10_000];
        float[] second = new float[4_096];
        double squares = 0;
        for (float[] part : new float[][] {first, second}) {
            for (int i = 0; i < part.length; i++) {
                part[i] = (float) Math.sin(i + part.length);
                squares += (double) part[i] * part[i];
            }
        }

        assertThat(CLIP.measure(gradients(first, second)))
                .isEqualTo(new Accepted(Math.sqrt(squares), 1 / Math.sqrt(squares)));
    }

    @Test
    void hugeButFiniteGradientsAreMeasured() {
        var outcome = CLIP.measure(gradients(new float[] {Float.MAX_VALUE, Float.MAX_VALUE}, new float[] {1}));

        assertThat(outcome).isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void nonFiniteGradientIsRefusedByName(float bad) {
        assertThat(CLIP.measure(gradients(new float[] {1, 2}, new float[] {1, bad})))
                .isEqualTo(new Refused("second"));
    }

    @Test
    void limitMustBePositive() {
        assertThatThrownBy(() -> new GradientClip(0)).hasMessageContaining("clipNorm must be above 0, was 0");
        assertThatThrownBy(() -> new GradientClip(Double.NaN)).hasMessageContaining("was NaN");
    }

    private static Map<String, FloatBuffer> gradients(float[] first, float[] second) {
        Map<String, FloatBuffer> gradients = new LinkedHashMap<>();
        gradients.put("first", FloatBuffer.wrap(first));
        gradients.put("second", FloatBuffer.wrap(second));
        return gradients;
    }
}
