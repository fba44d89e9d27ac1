package dev.millrace.trainer.ingest;

import java.time.Duration;
import java.util.List;

/**
 * What counts as a good sample, and where it goes. Immutable.
 *
 * @param closedLabels the only labels that are accepted; empty (the default) means any label, and a new one joins the
 *     output set. Samples with another label are dead-lettered as UNKNOWN_LABEL
 * @param maxTextChars longest text in Unicode characters (code points), 1 to 200,000, default 8192. Longer texts are
 *     dead-lettered, never cut; the tokenizer keeps only the model's first tokens anyway
 * @param maxLabelChars longest label in Unicode characters, 1 to 1000, default 200
 * @param maxIdChars longest id in Unicode characters, 1 to 1000, default 200. Every id is kept for the whole dedupe
 *     window, so long ids cost disk
 * @param input which field feeds the encoder, default TEXT
 * @param featureDimension how many float32 values {@code features} must hold, 1 to 200,000 when input is FEATURES; 0 (the
 *     default) otherwise
 * @param dedupeWindow an id seen again within this time of its acceptance is a duplicate, measured by record timestamps;
 *     1 ms to 365 days, default 24 h. Twice this span of ids is kept on disk; too short, and a producer's late retry is
 *     trained twice
 * @param holdoutFraction share of the ids that is never trained on, 0 to 0.9, default 0.1. An id keeps its side for ever
 *     as long as this value stays. At 0 the gate has nothing to measure with
 */
public record IngestConfig(
        List<String> closedLabels,
        int maxTextChars,
        int maxLabelChars,
        int maxIdChars,
        InputKind input,
        int featureDimension,
        Duration dedupeWindow,
        double holdoutFraction) {

    private static final int LARGEST_INPUT = 200_000;
    private static final int LARGEST_NAME = 1_000;
    private static final Duration LONGEST_WINDOW = Duration.ofDays(365);
    private static final double LARGEST_HOLDOUT = 0.9;

    public IngestConfig {
        closedLabels = List.copyOf(closedLabels);
        checkRange("maxTextChars", maxTextChars, 1, LARGEST_INPUT);
        checkRange("maxLabelChars", maxLabelChars, 1, LARGEST_NAME);
        checkRange("maxIdChars", maxIdChars, 1, LARGEST_NAME);
        checkRange("featureDimension", featureDimension, input == InputKind.FEATURES ? 1 : 0, LARGEST_INPUT);
        if (dedupeWindow.toMillis() < 1 || dedupeWindow.compareTo(LONGEST_WINDOW) > 0) {
            throw new IllegalArgumentException("dedupeWindow must be 1 ms to 365 days, was " + dedupeWindow);
        }
        if (!(holdoutFraction >= 0 && holdoutFraction <= LARGEST_HOLDOUT)) {
            throw new IllegalArgumentException(
                    "holdoutFraction must be in [0, " + LARGEST_HOLDOUT + "], was " + holdoutFraction);
        }
    }

    /** The documented defaults. */
    public static IngestConfig defaults() {
        return new IngestConfig(List.of(), 8192, 200, 200, InputKind.TEXT, 0, Duration.ofHours(24), 0.1);
    }

    private static void checkRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", was " + value);
        }
    }
}
