package dev.millrace.trainer.batch;

/**
 * Which ids are never trained on: those whose SHA-256, read as a number in [0, 1), is below the fraction. The same for every
 * process, restart and order of arrival; a larger fraction keeps the ids of a smaller one. Immutable.
 */
final class HoldoutSplit {
    /** A double holds 53 bits exactly. */
    private static final int SURPLUS_BITS = Long.SIZE - 53;

    private static final double UNIT = 0x1.0p-53;

    private final double fraction;

    /** @param fraction share of the ids that is held out, in [0, 1] */
    HoldoutSplit(double fraction) {
        this.fraction = fraction;
    }

    /** Whether the id with this hash is held out. */
    boolean isHeldOut(IdHash id) {
        return (id.split() >>> SURPLUS_BITS) * UNIT < fraction;
    }
}
