package dev.millrace.trainer.grpo;

/** Range checks of the configuration records; a NaN is outside every range. Stateless. */
final class Ranges {
    private Ranges() {}

    static void above(String key, double value, double limit) {
        require(value > limit && Double.isFinite(value), key, "above " + shown(limit) + " and finite", value);
    }

    static void atLeast(String key, double value, double limit) {
        require(value >= limit && Double.isFinite(value), key, "at least " + shown(limit) + " and finite", value);
    }

    static void within(String key, double value, double low, double high) {
        require(value >= low && value <= high, key, "in [" + shown(low) + ", " + shown(high) + "]", value);
    }

    private static void require(boolean holds, String key, String allowed, double value) {
        if (!holds) {
            throw new IllegalArgumentException(key + " must be " + allowed + ", was " + shown(value));
        }
    }

    /** Whole numbers without a fraction, as an operator writes them. */
    private static String shown(double value) {
        return value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE
                ? Integer.toString((int) value)
                : Double.toString(value);
    }
}
