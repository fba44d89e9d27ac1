package dev.millrace.contract;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One configuration value: words to a typed value, its bounds, and how both are told to people. Stateless. */
final class ConfigValue {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)");
    private static final double NANOS_PER_SECOND = 1e9;

    private ConfigValue() {}

    /** The value, or empty when the words do not mean one of this type. */
    static Optional<Object> parse(Class<?> type, String text) {
        if (type == String.class) {
            return Optional.of(text);
        }
        if (type.isEnum()) {
            return constant(type, text.strip());
        }
        try {
            return Optional.ofNullable(parseScalar(type, text.strip()));
        } catch (NumberFormatException | DateTimeParseException | InvalidPathException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Object parseScalar(Class<?> type, String text) {
        if (type == int.class || type == Integer.class) {
            return Integer.valueOf(text.replace("_", ""));
        }
        if (type == long.class || type == Long.class) {
            return Long.valueOf(text.replace("_", ""));
        }
        if (type == double.class || type == Double.class) {
            double number = Double.parseDouble(text);
            return Double.isFinite(number) ? number : null;
        }
        if (type == boolean.class || type == Boolean.class) {
            return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
        }
        if (type == Path.class) {
            return text.isEmpty() ? null : Path.of(text).toAbsolutePath().normalize();
        }
        if (type == Duration.class) {
            return duration(text);
        }
        throw new IllegalArgumentException("configuration cannot hold values of " + type.getName());
    }

    private static @Nullable Duration duration(String text) {
        Matcher matcher = SHORT_DURATION.matcher(text);
        if (!matcher.matches()) {
            Duration iso = Duration.parse(text);
            return iso.isNegative() ? null : iso;
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Optional<Object> constant(Class<?> type, String text) {
        String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> ((Enum<?>) each).name().equals(name))
                .findFirst()
                .map(Object.class::cast);
    }

    static String describe(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(each -> ((Enum<?>) each).name())
                            .collect(Collectors.joining(", "));
        }
        if (type == Duration.class) {
            return "a duration such as 200ms, 30s, 5m, 2h, 1d or PT30S";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == double.class || type == Double.class) {
            return "a finite number";
        }
        if (type == Path.class) {
            return "a path";
        }
        return type == String.class ? "a text" : "a whole number";
    }

    static boolean isWithin(Range range, Object value) {
        double number = number(value);
        boolean low = range.minExclusive() ? number > range.min() : number >= range.min();
        boolean high = range.maxExclusive() ? number < range.max() : number <= range.max();
        return low && high;
    }

    /** The interval as mathematics writes it: {@code (0, 1]}. */
    static String describe(Range range, Class<?> type) {
        String unit = type == Duration.class ? "s" : "";
        boolean openLow = range.minExclusive() || Double.isInfinite(range.min());
        boolean openHigh = range.maxExclusive() || Double.isInfinite(range.max());
        return (openLow ? "(" : "[") + bound(range.min(), unit) + ", " + bound(range.max(), unit)
                + (openHigh ? ")" : "]");
    }

    private static String bound(double bound, String unit) {
        if (Double.isInfinite(bound)) {
            return bound < 0 ? "-inf" : "inf";
        }
        boolean whole = bound == Math.rint(bound) && Math.abs(bound) < Long.MAX_VALUE;
        return (whole ? Long.toString((long) bound) : Double.toString(bound)) + unit;
    }

    private static double number(Object value) {
        if (value instanceof Duration duration) {
            return duration.getSeconds() + duration.getNano() / NANOS_PER_SECOND;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("@Range is for numbers and durations, not for " + value.getClass());
    }
}
