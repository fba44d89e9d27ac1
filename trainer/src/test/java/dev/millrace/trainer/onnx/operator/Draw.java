package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Draws shapes, values and attributes of a node from one seed; consecutive seeds go through the opsets. Used by one thread. */
final class Draw {
    /** Knuth's multiplier: the first draws of neighbouring seeds would be alike. */
    private static final long SPREAD = 6364136223846793005L;

    private final long seed;
    private final Random random;

    Draw(long seed) {
        this.seed = seed;
        random = new Random(seed * SPREAD);
    }

    /** Returns a whole number in {@code [low, high]}. */
    int within(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    boolean coin() {
        return random.nextBoolean();
    }

    @SafeVarargs
    final <T> T one(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** Returns an opset from the one that first has the operator to the newest. */
    int opset(String operator) {
        int since = OperatorRegistry.since(operator);
        return since + (int) Math.floorMod(seed, OperatorRegistry.MAX_OPSET - since + 1L);
    }

    /** Returns extents of 1 to 4. */
    long[] shape(int minRank, int maxRank) {
        return random.longs(within(minRank, maxRank), 1, 5).toArray();
    }

    /** Returns a shape that broadcasts to the given one: leading axes left out, some extents 1. */
    long[] narrower(long[] shape) {
        long[] part = Arrays.copyOfRange(shape, within(0, shape.length), shape.length);
        for (int i = 0; i < part.length; i++) {
            part[i] = coin() ? part[i] : 1;
        }
        return part;
    }

    /** Returns a wider and a narrower shape in either order; now and then both are stretched. */
    List<long[]> broadcasting() {
        long[] wide = shape(0, 4);
        long[] narrow = narrower(wide);
        if (narrow.length > 0 && narrow.length == wide.length && narrow[0] > 1 && coin()) {
            wide = wide.clone();
            wide[0] = 1;
        }
        return coin() ? List.of(wide, narrow) : List.of(narrow, wide);
    }

    int axis(int rank) {
        return within(-rank, rank - 1);
    }

    /** Returns one or more different axes, some counted from the end. */
    long[] axes(int rank) {
        long[] all = new long[rank];
        Arrays.setAll(all, i -> coin() ? i : i - rank);
        for (int i = rank - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            long other = all[i];
            all[i] = all[j];
            all[j] = other;
        }
        return Arrays.copyOf(all, within(1, rank));
    }

    HostArray floats(double low, double high, long... shape) {
        return HostArray.random(random, low, high, shape);
    }

    /** Returns values in {@code [-2, 2)}. */
    HostArray floats(long... shape) {
        return floats(-2, 2, shape);
    }

    /** Returns distinct values, far enough apart for a finite difference, none of them near 0. */
    HostArray apart(long... shape) {
        return HostArray.spaced(random, 0.1, shape);
    }

    /** As {@link #apart}, and no value near one of those either. */
    HostArray between(long... shape) {
        HostArray values = apart(shape);
        return HostArray.floats(
                shape, Arrays.stream(values.values()).map(v -> v + 0.05).toArray());
    }

    HostArray longs(int low, int high, long... shape) {
        return HostArray.randomLongs(random, low, high, shape);
    }

    HostArray bits(long... shape) {
        return longs(0, 2, shape).as(DataType.BOOLEAN);
    }

    /** Returns numbers of one of the types that count. */
    HostArray numbers(long... shape) {
        return longs(-9, 10, shape).as(one(DataType.INT64, DataType.INT32, DataType.FLOAT32));
    }
}
