package dev.millrace.contract;

import dev.millrace.contract.ConfigNode.Items;
import dev.millrace.contract.ConfigNode.Scalar;
import dev.millrace.contract.ConfigNode.Section;
import dev.millrace.contract.ConfigNode.Source;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes records of a {@link ConfigNode} tree and collects every problem on the way; one use, one thread. */
final class ConfigBinder {
    private final List<String> problems;

    /**
     * Starts with nothing wrong.
     *
     * @param problems takes what is wrong, one sentence each
     */
    ConfigBinder(List<String> problems) {
        this.problems = problems;
    }

    /** The record, or null when a problem was added. */
    <T> @Nullable T bind(Class<T> type, ConfigNode node) {
        return type.cast(section(type, node, ""));
    }

    /** A record of a section; null when a problem was added. */
    private @Nullable Object section(Class<?> type, ConfigNode node, String path) {
        if (!(node instanceof Section section)) {
            problems.add(mustBe(path, "a section of keys", node));
            return null;
        }
        int before = problems.size();
        RecordComponent[] components = type.getRecordComponents();
        section.entries().forEach((key, value) -> {
            if (Arrays.stream(components).noneMatch(each -> each.getName().equals(key))) {
                problems.add("unknown key " + join(path, key) + from(value) + "; allowed here: "
                        + Arrays.stream(components)
                                .map(RecordComponent::getName)
                                .collect(Collectors.joining(", ")));
            }
        });
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = component(components[i], section, path);
        }
        return problems.size() == before ? construct(type, components, values, section, path) : null;
    }

    private @Nullable Object component(RecordComponent component, Section section, String path) {
        String key = join(path, component.getName());
        ConfigNode node = section.entries().get(component.getName());
        if (node == null || isAbsent(node, component.getType())) {
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                problems.add("missing key " + key + (node == null ? "" : from(node)));
            }
            return null;
        }
        return value(component.getAnnotatedType(), node, key, component.getAnnotation(Range.class));
    }

    /** Whether there is nothing written; an empty variable means nothing where nothing can be told from empty. */
    private static boolean isAbsent(ConfigNode node, Class<?> type) {
        boolean emptyIsValue = type == String.class || type == List.class;
        return node instanceof Scalar scalar
                && (scalar.text() == null || (scalar.text().isEmpty() && !emptyIsValue));
    }

    private @Nullable Object value(AnnotatedType annotated, ConfigNode node, String path, @Nullable Range range) {
        Class<?> type = rawType(annotated.getType());
        if (type.isRecord()) {
            return section(type, node, path);
        }
        if (type == List.class) {
            return list(argument(annotated, 0), node, path, range);
        }
        if (type == Map.class) {
            return map(argument(annotated, 1), node, path);
        }
        if (!(node instanceof Scalar scalar) || scalar.text() == null) {
            problems.add(mustBe(path, ConfigValue.describe(type), node));
            return null;
        }
        Optional<Object> parsed = ConfigValue.parse(type, scalar.text());
        if (parsed.isEmpty()) {
            problems.add(mustBe(path, ConfigValue.describe(type), node));
            return null;
        }
        if (range != null && !ConfigValue.isWithin(range, parsed.get())) {
            problems.add(mustBe(path, "in " + ConfigValue.describe(range, type), node));
            return null;
        }
        return parsed.get();
    }

    private @Nullable Object list(AnnotatedType element, ConfigNode node, String path, @Nullable Range range) {
        ConfigNode written = node instanceof Scalar scalar && scalar.source() == Source.ENVIRONMENT
                ? ConfigSources.list(scalar)
                : node;
        if (!(written instanceof Items items)) {
            boolean isVariable = node instanceof Scalar scalar && scalar.source() == Source.ENVIRONMENT;
            problems.add(mustBe(path, isVariable ? "a list, written a,b or [\"a\", \"b\"]" : "a list", node));
            return null;
        }
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < items.values().size(); i++) {
            values.add(value(element, items.values().get(i), path + "[" + i + "]", range));
        }
        return values.contains(null) ? null : List.copyOf(values);
    }

    private @Nullable Object map(AnnotatedType element, ConfigNode node, String path) {
        if (!(node instanceof Section section)) {
            problems.add(mustBe(path, "a section of keys, or {} for none", node));
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        section.entries().forEach((key, each) -> {
            Object value = value(element, each, join(path, key), null);
            if (value != null) {
                values.put(key, value);
            }
        });
        return Map.copyOf(values);
    }

    private @Nullable Object construct(
            Class<?> type, RecordComponent[] components, Object[] values, Section section, String path) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true); // configuration records may be private to their room
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException refused)) {
                throw new IllegalStateException("constructor of " + type.getName() + " failed", e.getCause());
            }
            String overrides = section.overrides().collect(Collectors.joining(", "));
            problems.add((path.isEmpty() ? "" : path + ": ")
                    + refused.getMessage()
                    + (overrides.isEmpty() ? "" : " (set by " + overrides + ")"));
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("configuration record " + type.getName() + " cannot be made", e);
        }
    }

    private static AnnotatedType argument(AnnotatedType type, int index) {
        return ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[index];
    }

    private static Class<?> rawType(Type type) {
        return (Class<?>) (type instanceof ParameterizedType parameterized ? parameterized.getRawType() : type);
    }

    private static String mustBe(String path, String allowed, ConfigNode node) {
        return (path.isEmpty() ? "the configuration" : path) + " must be " + allowed + ", was " + node.shown()
                + from(node);
    }

    private static String from(ConfigNode node) {
        return " (from " + node.origin() + ")";
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
