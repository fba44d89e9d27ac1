package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.trainer.policy.LearningRateSchedule.Shape;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    @Test
    void warmUpIsLinearThenConstant() {
        LearningRateSchedule schedule = new LearningRateSchedule(Shape.CONSTANT, 5, 1, 0);

        assertThat(schedule.factor(1)).isEqualTo(0.2);
        assertThat(schedule.factor(5)).isEqualTo(1);
        assertThat(schedule.factor(1_000_000)).isEqualTo(1);
        assertThat(new LearningRateSchedule(Shape.CONSTANT, 0, 1, 0).factor(1)).isEqualTo(1);
    }

    @Test
    void cosineFallsToTheFloorAndStartsAgain() {
        LearningRateSchedule schedule = new LearningRateSchedule(Shape.COSINE, 10, 100, 0.2);

        assertThat(schedule.factor(5)).isEqualTo(0.5);
        assertThat(schedule.factor(11)).isEqualTo(1);
        assertThat(schedule.factor(61)).isCloseTo(0.6, within(1e-12));
        assertThat(schedule.factor(110)).isBetween(0.2, 0.201);
        assertThat(schedule.factor(111)).isEqualTo(1);
        assertThat(schedule.factor(161)).isEqualTo(schedule.factor(61));
    }

    @Test
    void factorIsAFunctionOfTheStepAlone() {
        LearningRateSchedule schedule = new LearningRateSchedule(Shape.COSINE, 3, 7, 0.1);
        double late = schedule.factor(1_000);

        for (int step = 1; step < 1_000; step++) {
            assertThat(schedule.factor(step)).isBetween(0.1, 1.0);
        }
        assertThat(schedule.factor(1_000)).isEqualTo(late);
    }
}
