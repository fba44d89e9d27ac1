package dev.millrace.trainer.grpo;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Chooses the classes of an output group. Owned by the trainer thread; advances the generator only for large class sets. */
final class GroupSelection {
    private final GroupConfig config;
    private final RandomGenerator random;

    GroupSelection(GroupConfig config, RandomGenerator random) {
        this.config = config;
        this.random = random;
    }

    /**
     * Positions within the active classes that form the group, ascending, the target's among them.
     *
     * @param logPiOld old policy over the active classes, {@code [active]}
     * @param target position of the label
     */
    int[] select(double[] logPiOld, int target) {
        if (logPiOld.length <= config.fullUpTo()) {
            return range(logPiOld.length);
        }
        boolean[] chosen = new boolean[logPiOld.length];
        chosen[target] = true;
        for (int position : mostLikely(logPiOld)) {
            chosen[position] = true;
        }
        int drawn = 0;
        // Ends quickly: the configuration keeps the group smaller than the class set.
        while (drawn < config.uniform()) {
            int candidate = random.nextInt(chosen.length);
            if (!chosen[candidate]) {
                chosen[candidate] = true;
                drawn++;
            }
        }
        return positions(chosen);
    }

    /** The {@code topK} largest, by insertion into a short sorted list: of many classes few ever enter it. */
    private int[] mostLikely(double[] logPiOld) {
        int[] best = new int[config.topK()];
        int size = 0;
        for (int k = 0; k < logPiOld.length; k++) {
            boolean full = size == best.length;
            if (full && logPiOld[k] <= logPiOld[best[size - 1]]) {
                continue;
            }
            int at = full ? size - 1 : size++;
            while (at > 0 && logPiOld[best[at - 1]] < logPiOld[k]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = k;
        }
        return best;
    }

    private static int[] range(int size) {
        int[] all = new int[size];
        Arrays.setAll(all, i -> i);
        return all;
    }

    private static int[] positions(boolean[] chosen) {
        int[] positions = new int[chosen.length];
        int count = 0;
        for (int k = 0; k < chosen.length; k++) {
            if (chosen[k]) {
                positions[count++] = k;
            }
        }
        return Arrays.copyOf(positions, count);
    }
}
