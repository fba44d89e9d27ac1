package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of like lengths go together, every row once. */
class BatchSplitTest {
    @Test
    void putsShortAndLongRowsApart() {
        int[][] parts = BatchSplit.forTwo(new int[] {5, 40, 6, 7, 38});

        assertThat(parts).isDeepEqualTo(new int[][] {{0, 2, 3}, {4, 1}});
    }

    @Test
    void halvesRowsOfEqualLengths() {
        assertThat(BatchSplit.forTwo(new int[4])).isDeepEqualTo(new int[][] {{0, 1}, {2, 3}});
    }

    @Test
    void leavesOneRowWhole() {
        assertThat(BatchSplit.forTwo(new int[] {9})).isDeepEqualTo(new int[][] {{0}});
        assertThat(BatchSplit.forOne(new int[] {9})).isDeepEqualTo(new int[][] {{0}});
    }

    @Test
    void runsTwiceOnOneThreadOnlyIfThatSavesMoreThanItCosts() {
        int[] alike = {14, 15, 16, 15};
        int[] different = {100, 10, 10, 10};

        assertThat(BatchSplit.forOne(alike)).isDeepEqualTo(new int[][] {{0, 1, 2, 3}});
        assertThat(BatchSplit.forOne(different)).isDeepEqualTo(new int[][] {{1, 2, 3}, {0}});
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void takesEveryRowOnceAndNeverPadsMoreThanOneRectangle(long seed) {
        int[] lengths = new Random(seed).ints(50, 1, 60).toArray();

        for (int[][] parts : new int[][][] {BatchSplit.forTwo(lengths), BatchSplit.forOne(lengths)}) {
            assertThat(Arrays.stream(parts).flatMapToInt(Arrays::stream))
                    .containsExactlyInAnyOrder(IntStream.range(0, 50).boxed().toArray(Integer[]::new));
            int cells = Arrays.stream(parts)
                    .mapToInt(part -> part.length
                            * Arrays.stream(part).map(row -> lengths[row]).max().orElseThrow())
                    .sum();
            assertThat(cells)
                    .isLessThanOrEqualTo(50 * Arrays.stream(lengths).max().orElseThrow());
        }
    }
}
