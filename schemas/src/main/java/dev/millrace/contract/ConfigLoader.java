package dev.millrace.contract;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * Typed configuration: shipped YAML resource, under a user's YAML file, under environment variables, bound to a tree of
 * records. Stateless.
 *
 * <p>The records are the schema: each component is a key of the same name; a nested record is a section. Components may be
 * {@code int, long, double, boolean, String, Path, Duration}, an enum, a record, a {@code List} of these or a
 * {@code Map<String, String>}; one marked {@code @Nullable} may be left out. {@link Range} bounds numbers and durations;
 * what a compact constructor refuses by {@link IllegalArgumentException} is reported like any other mistake.
 *
 * <p>Variable {@code TRAINER_GRPO__EPSILON_LOW} sets {@code grpo.epsilonLow} for the prefix {@code TRAINER}: two underscores
 * are one level. A list is written {@code a,b}, where commas inside braces do not count, or {@code ["a", "b"]}. Under a map,
 * {@code KAFKA__PROPERTIES__SECURITY_PROTOCOL} sets the key {@code security.protocol}. A relative path is resolved against the current directory. Durations are ISO-8601 or
 * {@code 200ms, 30s, 5m, 2h, 1d}.
 */
public final class ConfigLoader {
    /** So many always tell a double from its neighbours. */
    private static final int DIGITS_OF_A_DOUBLE = 17;

    private ConfigLoader() {}

    /**
     * Reads the three places and binds them.
     *
     * @param shippedResource YAML with every key, on the class path of {@code type}
     * @param userFile YAML with the keys to change
     * @param environmentPrefix without the underscore, for example {@code TRAINER}
     * @throws StartupException with all problems: unknown, missing, mistyped and out-of-range keys, each with its place
     */
    public static <T extends Record> T load(
            Class<T> type,
            String shippedResource,
            Optional<Path> userFile,
            String environmentPrefix,
            Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        var sources = new ConfigSources(problems);
        sources.logLevel(environment);
        ConfigNode merged = sources.shipped(type, shippedResource);
        if (userFile.isPresent()) {
            merged = merged.overlaidBy(sources.file(userFile.get()));
        }
        merged = merged.overlaidBy(sources.environment(type, environmentPrefix, environment));
        T config = new ConfigBinder(problems).bind(type, merged);
        if (config == null || !problems.isEmpty()) {
            String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
            throw new StartupException("Configuration has " + count + ":\n  - " + String.join("\n  - ", problems));
        }
        return config;
    }

    /**
     * For who loads no configuration, which looks at it too.
     *
     * @throws StartupException when {@code MILLRACE_LOG_LEVEL} names no level of logging
     */
    public static void requireLogLevel(Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        new ConfigSources(problems).logLevel(environment);
        if (!problems.isEmpty()) {
            throw new StartupException(String.join("\n", problems));
        }
    }

    /** The configuration as YAML in the order of the records, with secrets masked: for the log, and loadable but for those. */
    public static String effectiveYaml(Record config) {
        var options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setSplitLines(false);
        return new Yaml(options).dump(plain(config));
    }

    /**
     * Every value of a section by its path, such as {@code policy.groups[0].rate} and {@code 0.1}, with secrets masked. A
     * number is written in the shortest form that gives it back, the same for {@code 1} and {@code 1.0} and on every virtual
     * machine. What is absent, and an empty list, has no entry.
     *
     * @param path of the section
     */
    public static SortedMap<String, String> values(String path, Record section) {
        SortedMap<String, String> values = new TreeMap<>();
        collect(path, plain(section), values);
        return values;
    }

    private static void collect(String path, @Nullable Object value, SortedMap<String, String> values) {
        if (value instanceof Map<?, ?> section) {
            section.forEach((key, each) -> collect(path + "." + key, each, values));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                collect(path + "[" + i + "]", list.get(i), values);
            }
        } else if (value != null) {
            values.put(path, value instanceof Double number ? shortest(number) : value.toString());
        }
    }

    /** {@code Double.toString} gives other digits from Java 19 on. */
    private static String shortest(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        var exact = new BigDecimal(value);
        BigDecimal rounded = exact;
        for (int digits = 1; digits <= DIGITS_OF_A_DOUBLE; digits++) {
            rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                break;
            }
        }
        return rounded.stripTrailingZeros().toPlainString();
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof Record section) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            for (RecordComponent component : section.getClass().getRecordComponents()) {
                entries.put(component.getName(), plain(read(section, component)));
            }
            return entries;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> entries = new TreeMap<>();
            map.forEach((key, each) ->
                    entries.put(key.toString(), SecretKeys.isSecret(key.toString()) ? SecretKeys.MASK : plain(each)));
            return entries;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ConfigLoader::plain).toList();
        }
        return value == null || value instanceof Number || value instanceof Boolean ? value : value.toString();
    }

    private static @Nullable Object read(Record section, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true); // configuration records may be private to their room
            return component.getAccessor().invoke(section);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }
}
