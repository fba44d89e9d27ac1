package dev.millrace.trainer.ingest;

import dev.millrace.contract.Range;
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
 * @param maxIdChars longest id in Unicode characters, 1 to 1000, default 200
 * @param maxImageBytes longest image file, 1 to 8,388,608, default 524,288. With its texts an image must
 *     fit into {@code batch.maxBytes}; two of the largest share no batch of the default size
 * @param dedupeWindow an id seen again within this time of its acceptance is a duplicate, measured by record timestamps;
 *     1 ms to 365 days, default 24 h. An id of this span takes 24 bytes on disk and in
 *     Kafka, and 3 in memory; too short, and a producer's late retry is trained twice
 * @param holdoutFraction share of the ids that is never trained on, 0 to 0.9, default 0.1. An id keeps its side for ever
 *     as long as this value stays. At 0 the gate has nothing to measure with
 */
public record IngestConfig(
        List<String> closedLabels,
        @Range(min = 1, max = 200_000) int maxTextChars,
        @Range(min = 1, max = 1_000) int maxLabelChars,
        @Range(min = 1, max = 1_000) int maxIdChars,
        @Range(min = 1, max = 8_388_608) int maxImageBytes,
        @Range(min = 0.001, max = 365 * 24 * 3600) Duration dedupeWindow,
        @Range(min = 0, max = 0.9) double holdoutFraction) {

    public IngestConfig {
        closedLabels = List.copyOf(closedLabels);
    }

    /** The documented defaults. */
    public static IngestConfig defaults() {
        return new IngestConfig(List.of(), 8192, 200, 200, 524_288, Duration.ofHours(24), 0.1);
    }
}
