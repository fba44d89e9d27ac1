package dev.millrace.trainer.learn;

import java.util.ArrayList;
import java.util.List;

/**
 * The rows that train one log entry: the entry's own samples first, then replayed ones. Rows may be left out. Owned by the
 * trainer thread.
 */
final class EntryRows {
    private List<PreparedSample> fresh;
    private List<PreparedSample> replayed;

    EntryRows(List<PreparedSample> fresh, List<PreparedSample> replayed) {
        this.fresh = List.copyOf(fresh);
        this.replayed = List.copyOf(replayed);
    }

    /** The entry's own samples that are still in. */
    List<PreparedSample> fresh() {
        return fresh;
    }

    /** In the order of the rows of a pass. */
    List<PreparedSample> all() {
        List<PreparedSample> all = new ArrayList<>(fresh);
        all.addAll(replayed);
        return all;
    }

    boolean isEmpty() {
        return fresh.isEmpty() && replayed.isEmpty();
    }

    /**
     * Takes out every row whose embedding holds a number that is not finite.
     *
     * @param embeddings of {@link #all}, in that order
     * @return what was taken out
     */
    List<PreparedSample> leaveOutNonFinite(float[][] embeddings) {
        List<PreparedSample> out = new ArrayList<>();
        List<PreparedSample> keptFresh = new ArrayList<>();
        List<PreparedSample> keptReplayed = new ArrayList<>();
        List<PreparedSample> all = all();
        for (int i = 0; i < all.size(); i++) {
            List<PreparedSample> kept = i < fresh.size() ? keptFresh : keptReplayed;
            (isFinite(embeddings[i]) ? kept : out).add(all.get(i));
        }
        fresh = List.copyOf(keptFresh);
        replayed = List.copyOf(keptReplayed);
        return out;
    }

    private static boolean isFinite(float[] row) {
        for (float value : row) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
