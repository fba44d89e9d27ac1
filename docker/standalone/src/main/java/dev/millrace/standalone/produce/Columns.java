package dev.millrace.standalone.produce;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which column holds what. Immutable.
 *
 * @param input column of what the encoder reads
 * @param label column of the true class
 * @param id column of the sample's identity; null when ids are made from line and content
 * @param time column of the event time; null when a sample is as old as its reading
 */
public record Columns(
        InputColumn input,
        String label,
        @Nullable String id,
        @Nullable String time) {

    /** The asked-for columns that are not among the given ones, in the order input, label, id, time. */
    List<String> missingFrom(Set<String> seen) {
        var wanted = new LinkedHashSet<String>();
        Stream.of(input.name(), label).forEach(wanted::add);
        if (id != null) {
            wanted.add(id);
        }
        if (time != null) {
            wanted.add(time);
        }
        wanted.removeAll(seen);
        return List.copyOf(wanted);
    }
}
