package dev.millrace.trainer.policy;

import java.util.random.RandomGenerator;

/**
 * SplitMix64: a random generator whose whole state is one {@code long}, so a checkpoint holds it exactly. Owned by the
 * trainer thread. Not for secrets.
 *
 * <p>The sequence is part of the stored format: methods the learner relies on are written out here and do not follow
 * changes of the JDK's defaults. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
 */
public final class SeededRandom implements RandomGenerator {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double DOUBLE_UNIT = 0x1.0p-53;

    private long state;

    /**
     * Starts a sequence, or continues one.
     *
     * @param state a seed, or what {@link #state()} returned
     */
    public SeededRandom(long state) {
        this.state = state;
    }

    /** Everything there is to know; a generator built from it continues the sequence. */
    public long state() {
        return state;
    }

    @Override
    public long nextLong() {
        state += GOLDEN_GAMMA;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * Evenly distributed in {@code [0, bound)}, without bias.
     *
     * @throws IllegalArgumentException if {@code bound} is below 1
     */
    @Override
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound must be at least 1, was " + bound);
        }
        long bits = nextLong() >>> 1;
        long value = bits % bound;
        // Draw again in the last, incomplete block of multiples: the sum overflows there and only there.
        while (bits - value + (bound - 1) < 0) {
            bits = nextLong() >>> 1;
            value = bits % bound;
        }
        return (int) value;
    }

    /** Evenly distributed in {@code [0, 1)}, multiples of 2^-53. */
    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * DOUBLE_UNIT;
    }
}
