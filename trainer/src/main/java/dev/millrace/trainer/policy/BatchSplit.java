package dev.millrace.trainer.policy;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Cuts a batch into two of like lengths, so that short texts are not padded to the longest. A pure function of the lengths:
 * the same batch is always cut alike. Stateless.
 */
final class BatchSplit {
    /**
     * What one more run costs, in tokens: all weights are read and their gradients added once more. For MiniLM on one core
     * of an AMD EPYC 20 ms, as long as 30 tokens take.
     */
    private static final long RUN_TOKENS = 32;

    private BatchSplit() {}

    /**
     * Two parts that run side by side: the larger one is as small as can be.
     *
     * @param lengths tokens of each row; 0 for rows that are no text and all cost the same
     * @return places of the rows of each part, shorter rows first; one part if there is one row
     */
    static int[][] forTwo(int[] lengths) {
        Cut best = cut(lengths, (shorter, longer) -> Math.max(shorter, longer));
        return best.parts();
    }

    /**
     * One part, or two that run one after the other if that saves more padding than it costs.
     *
     * @param lengths as in {@link #forTwo}
     * @return as {@link #forTwo}
     */
    static int[][] forOne(int[] lengths) {
        Cut best = cut(lengths, (shorter, longer) -> shorter + longer);
        long whole = cells(best.rows(), lengths, 0, lengths.length);
        return best.cost() + RUN_TOKENS < whole
                ? best.parts()
                : new int[][] {IntStream.range(0, lengths.length).toArray()};
    }

    /** What two parts cost together. */
    @FunctionalInterface
    private interface Cost {
        long of(long shorter, long longer);
    }

    /**
     * A way to cut.
     *
     * @param rows all rows, shorter ones first
     * @param at how many of them the first part takes; all of them if there is no second
     */
    private record Cut(int[] rows, int at, long cost) {
        int[][] parts() {
            int[] first = IntStream.range(0, at).map(i -> rows[i]).toArray();
            int[] second = IntStream.range(at, rows.length).map(i -> rows[i]).toArray();
            return second.length == 0 ? new int[][] {first} : new int[][] {first, second};
        }
    }

    private static Cut cut(int[] lengths, Cost cost) {
        int[] rows = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt(row -> lengths[row]))
                .mapToInt(Integer::intValue)
                .toArray();
        Cut best = new Cut(rows, rows.length, Long.MAX_VALUE);
        for (int at = 1; at < rows.length; at++) {
            long both = cost.of(cells(rows, lengths, 0, at), cells(rows, lengths, at, rows.length));
            if (both < best.cost()) {
                best = new Cut(rows, at, both);
            }
        }
        return best;
    }

    /** Cells of a rectangle of rows, padded to the last of them. */
    private static long cells(int[] rows, int[] lengths, int from, int to) {
        return (long) (to - from) * Math.max(1, lengths[rows[to - 1]]);
    }
}
