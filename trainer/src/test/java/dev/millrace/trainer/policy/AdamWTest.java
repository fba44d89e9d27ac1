package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AdamWTest {
    private static final AdamWConfig CONFIG = new AdamWConfig(0.9, 0.999, 1e-8);
    private static final LearningRateSchedule SCHEDULE =
            new LearningRateSchedule(LearningRateSchedule.Shape.CONSTANT, 5, 1, 0);

    @Test
    void followsTheTextbookInDoublePrecision() {
        int length = 5_000; // a whole chunk and a part of one
        AdamW.Parameter parameter = parameter(length, 1e-2, 0.01);
        double[] w = doubles(parameter.values());
        double[] m = new double[length];
        double[] v = new double[length];
        try (Workers alone = new Workers(1)) {
            AdamW adamW = new AdamW(CONFIG, alone);
            for (int t = 1; t <= 60; t++) {
                FloatBuffer gradient = random(length, t);
                adamW.update(
                        List.of(new AdamW.Change(parameter, gradient)), new AdamW.Step(t, SCHEDULE.factor(t), 0.5));
                double rate = 1e-2 * Math.min(1, t / 5.0);
                for (int i = 0; i < length; i++) {
                    double g = 0.5 * gradient.get(i);
                    w[i] -= rate * 0.01 * w[i];
                    m[i] = 0.9 * m[i] + 0.1 * g;
                    v[i] = 0.999 * v[i] + 0.001 * g * g;
                    w[i] -= rate
                            * (m[i] / (1 - Math.pow(0.9, t)))
                            / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-8);
                }
            }
        }

        // 60 steps of float rounding, about 1e-7 relative each on weights of order one.
        assertThat(doubles(parameter.values())).containsExactly(w, within(3e-6));
        assertThat(doubles(parameter.firstMoment())).containsExactly(m, within(1e-6));
        assertThat(doubles(parameter.secondMoment())).containsExactly(v, within(1e-6));
    }

    @Test
    void threadsDoNotChangeABit() {
        AdamW.Parameter one = parameter(400_001, 1e-3, 0.01);
        AdamW.Parameter many = parameter(400_001, 1e-3, 0.01);
        try (Workers alone = new Workers(1);
                Workers three = new Workers(3)) {
            AdamW single = new AdamW(CONFIG, alone);
            AdamW parallel = new AdamW(CONFIG, three);
            for (int t = 1; t <= 5; t++) {
                FloatBuffer gradient = random(400_001, t);
                single.update(List.of(new AdamW.Change(one, gradient)), new AdamW.Step(t, 1, 1));
                parallel.update(List.of(new AdamW.Change(many, gradient)), new AdamW.Step(t, 1, 1));
            }
        }

        assertThat(many.values()).isEqualTo(one.values());
        assertThat(many.firstMoment()).isEqualTo(one.firstMoment());
        assertThat(many.secondMoment()).isEqualTo(one.secondMoment());
    }

    @Test
    void excludedParametersDoNotDecay() {
        AdamW.Parameter decayed = parameter(10, 0.1, 0.01);
        AdamW.Parameter excluded = parameter(10, 0.1, 0);
        double[] before = doubles(excluded.values());
        try (Workers alone = new Workers(1)) {
            AdamW adamW = new AdamW(CONFIG, alone);
            FloatBuffer zero = FloatBuffer.allocate(10);
            adamW.update(List.of(new AdamW.Change(decayed, zero)), new AdamW.Step(1, 1, 1));
            adamW.update(List.of(new AdamW.Change(excluded, zero)), new AdamW.Step(1, 1, 1));
        }

        assertThat(doubles(excluded.values())).containsExactly(before);
        for (int i = 0; i < 10; i++) {
            assertThat(decayed.values().get(i)).isCloseTo((float) (before[i] * 0.999), within(1e-6f));
        }
    }

    @Test
    void gradientIsReadFromItsPosition() {
        AdamW.Parameter plain = parameter(3, 0.1, 0);
        AdamW.Parameter shifted = parameter(3, 0.1, 0);
        FloatBuffer gradient = FloatBuffer.wrap(new float[] {9, 9, 1, -2, 3}).position(2);
        try (Workers alone = new Workers(1)) {
            AdamW adamW = new AdamW(CONFIG, alone);
            adamW.update(
                    List.of(new AdamW.Change(plain, FloatBuffer.wrap(new float[] {1, -2, 3}))),
                    new AdamW.Step(1, 1, 1));
            adamW.update(List.of(new AdamW.Change(shifted, gradient)), new AdamW.Step(1, 1, 1));
        }

        assertThat(shifted.values()).isEqualTo(plain.values());
        assertThat(gradient.position()).isEqualTo(2);
    }

    @Test
    void mismatchedLengthsAndOutOfRangeConstantsAreRefused() {
        AdamW.Parameter parameter = parameter(4, 0.1, 0.01);
        assertThatThrownBy(() -> new AdamW.Change(parameter, FloatBuffer.allocate(3)))
                .hasMessageContaining("gradient of w must have 4 elements, had 3");
        FloatBuffer four = FloatBuffer.allocate(4);
        assertThatThrownBy(() -> new AdamW.Parameter("w", four, FloatBuffer.allocate(3), four, 1, 0))
                .hasMessageContaining("had 4, 3 and 4");
        assertThatThrownBy(() -> new AdamW.Parameter("w", four, four, four, Double.NaN, 0))
                .hasMessageContaining("was NaN");
        assertThatThrownBy(() -> new AdamW.Step(0, 1, 1)).hasMessageContaining("was 0");
        assertThatThrownBy(() -> new Workers(0)).hasMessageContaining("threads of the optimizer");
        assertThatThrownBy(() -> new AdamWConfig(1, 0.999, 1e-8)).hasMessageContaining("adamW.beta1");
        assertThatThrownBy(() -> new AdamWConfig(0.9, Double.NaN, 1e-8)).hasMessageContaining("adamW.beta2");
        assertThatThrownBy(() -> new AdamWConfig(0.9, 0.999, 0)).hasMessageContaining("adamW.epsilon");
        assertThatThrownBy(() -> new AdamW.Parameter("w", four, four, four, 1, 2))
                .hasMessageContaining("weight decay");
    }

    private static AdamW.Parameter parameter(int length, double learningRate, double weightDecay) {
        return new AdamW.Parameter("w", random(length, 0), direct(length), direct(length), learningRate, weightDecay);
    }

    private static FloatBuffer direct(int length) {
        return ByteBuffer.allocateDirect(4 * length)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static FloatBuffer random(int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FloatBuffer buffer = direct(length);
        for (int i = 0; i < length; i++) {
            buffer.put(i, (float) random.nextDouble(-1, 1));
        }
        return buffer;
    }

    private static double[] doubles(FloatBuffer buffer) {
        double[] values = new double[buffer.limit()];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.get(i);
        }
        return values;
    }
}
