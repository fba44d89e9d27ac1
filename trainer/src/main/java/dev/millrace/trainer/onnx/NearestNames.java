package dev.millrace.trainer.onnx;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds what somebody who mistyped a pattern may have meant. Stateless. */
final class NearestNames {
    private static final int SHOWN = 3;

    private NearestNames() {}

    /** The names that hold something like the pattern's plain text, best first, quoted and with commas. */
    static String quoted(String pattern, List<String> names) {
        String text = pattern.replaceAll("[*?\\[\\]{}]+", "");
        return names.stream()
                .distinct()
                .sorted(Comparator.comparingInt(name -> distance(text, name)))
                .limit(SHOWN)
                .map(name -> "\"" + name + "\"")
                .collect(Collectors.joining(", "));
    }

    /**
     * Fewest insertions, deletions and replacements that turn the text into some part of the name. Source: Sellers, "The
     * Theory and Computation of Evolutionary Distances", 1980.
     */
    private static int distance(String text, String name) {
        int[] above = new int[name.length() + 1];
        for (int i = 1; i <= text.length(); i++) {
            int[] row = new int[name.length() + 1];
            row[0] = i;
            for (int j = 1; j <= name.length(); j++) {
                int replaced = above[j - 1] + (text.charAt(i - 1) == name.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        int least = Integer.MAX_VALUE;
        for (int distance : above) {
            least = Math.min(least, distance);
        }
        return least;
    }
}
