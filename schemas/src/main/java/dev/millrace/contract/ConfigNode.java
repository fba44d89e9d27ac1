package dev.millrace.contract;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A configuration value as it was written, with the place where that was. Immutable. */
sealed interface ConfigNode {
    /** File and line, or name of the environment variable. */
    String origin();

    /** How the value is shown in a message. */
    String shown();

    /** Places of all values in this node that do not come from the shipped defaults, each once. */
    Stream<String> overrides();

    /** This node with the other one put over it: sections are merged key by key, everything else is replaced. */
    default ConfigNode overlaidBy(ConfigNode over) {
        return over;
    }

    /** Kind of place where a value is written. */
    enum Source {
        SHIPPED,
        FILE,
        ENVIRONMENT
    }

    /**
     * One value.
     *
     * @param text the words of the file; null for a YAML null
     */
    record Scalar(@Nullable String text, String origin, Source source) implements ConfigNode {
        @Override
        public String shown() {
            return text == null ? "null" : "\"" + text + "\"";
        }

        @Override
        public Stream<String> overrides() {
            return source == Source.SHIPPED ? Stream.empty() : Stream.of(origin);
        }
    }

    record Items(List<ConfigNode> values, String origin) implements ConfigNode {
        public Items {
            values = List.copyOf(values);
        }

        @Override
        public String shown() {
            return "a list";
        }

        @Override
        public Stream<String> overrides() {
            return values.stream().flatMap(ConfigNode::overrides).distinct();
        }
    }

    record Section(Map<String, ConfigNode> entries, String origin) implements ConfigNode {
        static Section empty(String origin) {
            return new Section(Map.of(), origin);
        }

        /** A section in a section ... down to one value. */
        static ConfigNode nested(List<String> keys, ConfigNode value) {
            ConfigNode node = value;
            var outward = new ArrayList<>(keys);
            while (!outward.isEmpty()) {
                node = new Section(Map.of(outward.remove(outward.size() - 1), node), value.origin());
            }
            return node;
        }

        @Override
        public String shown() {
            return "a section";
        }

        @Override
        public Stream<String> overrides() {
            return entries.values().stream().flatMap(ConfigNode::overrides).distinct();
        }

        @Override
        public ConfigNode overlaidBy(ConfigNode over) {
            if (!(over instanceof Section section)) {
                return over;
            }
            Map<String, ConfigNode> merged = new LinkedHashMap<>(entries);
            section.entries.forEach((key, value) -> merged.merge(key, value, ConfigNode::overlaidBy));
            return new Section(merged, origin);
        }
    }
}
