package dev.millrace.trainer.learn;

import dev.millrace.contract.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The settings that shape the weights, by their paths in the configuration. Their text is part of every checkpoint and
 * manifest, and a state is continued only under equal ones.
 *
 * <p>A setting that a later release brings must not shut out what earlier ones stored: it is entered in {@link #AS_BEFORE}
 * with the value that trains as if it were not there, and is left out while it stands at that. Immutable.
 *
 * @param values in the form of {@link dev.millrace.contract.ConfigLoader#values}
 */
public record WeightSettings(SortedMap<String, String> values) {
    private static final Map<String, String> AS_BEFORE = Map.of(
            "model.prefix", "",
            "model.output", "",
            "policy.layerDecay", "1",
            "policy.accumulate", "1",
            "policy.precision", "FLOAT32",
            "policy.lora.rank", "0");
    private static final String ABSENT = "absent";

    public WeightSettings {
        SortedMap<String, String> written = new TreeMap<>();
        values.forEach((path, value) -> {
            if (!value.equals(AS_BEFORE.get(path))) {
                written.put(
                        path, value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r"));
            }
        });
        values = written;
    }

    /** A line {@code path=value} for each setting, sorted by path. */
    public String text() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                .collect(Collectors.joining());
    }

    /** Hash of the text. */
    public String sha256() {
        return Sha256.of(text());
    }

    /**
     * What differs from the settings that something stored was made under, each with both values; empty when they are equal.
     *
     * @param formerSha256 hash of the former settings
     * @param formerText their text; empty when it was not stored, then only the hashes can be told
     */
    public List<String> differences(String formerSha256, String formerText) {
        if (formerSha256.equals(sha256())) {
            return List.of();
        }
        SortedMap<String, String> former = new TreeMap<>();
        formerText
                .lines()
                .forEach(
                        line -> former.put(path(line), line.substring(path(line).length() + 1)));
        SortedSet<String> paths = new TreeSet<>(former.keySet());
        paths.addAll(values.keySet());
        List<String> differences = new ArrayList<>();
        for (String path : paths) {
            String was = former.getOrDefault(path, AS_BEFORE.getOrDefault(path, ABSENT));
            String is = values.getOrDefault(path, AS_BEFORE.getOrDefault(path, ABSENT));
            if (!was.equals(is)) {
                differences.add(path + " was " + was + ", is " + is);
            }
        }
        return formerText.isEmpty() || differences.isEmpty()
                ? List.of("digest of the training settings was " + formerSha256 + ", is " + sha256())
                : differences;
    }

    private static String path(String line) {
        return line.substring(0, line.indexOf('='));
    }
}
