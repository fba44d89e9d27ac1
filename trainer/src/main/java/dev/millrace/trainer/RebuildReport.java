package dev.millrace.trainer;

import java.util.List;

/**
 * What rebuilding a version showed. Immutable.
 *
 * @param version the version
 * @param start where training began, in words
 * @param entries entries of the training log that were applied
 * @param tensors tensors whose hashes were compared; 0 when it did not come to that
 * @param differences everything that is not as the manifest says or cannot be used, each named; empty when every bit is equal
 */
public record RebuildReport(long version, String start, long entries, int tensors, List<String> differences) {
    public RebuildReport {
        differences = List.copyOf(differences);
    }

    /** Whether the version was rebuilt bit by bit and everything it rests on is whole. */
    public boolean isIdentical() {
        return differences.isEmpty() && tensors > 0;
    }
}
