package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.RejectReason;
import dev.millrace.standalone.deadletters.LetterFilter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which dead letters are meant; the same options in every command about them. */
final class LetterOptions {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,18})(?:-(\\d{1,18})?)?");

    @Option(
            names = "--cause",
            split = ",",
            paramLabel = "CAUSE",
            description = "Only these causes, for example TEXT_TOO_LONG; may be repeated.")
    private Set<RejectReason> causes = new LinkedHashSet<>();

    @Option(
            names = "--partition",
            paramLabel = "N",
            description = "Only records of this partition of the samples topic.")
    private @Nullable Integer partition;

    @Option(
            names = "--offsets",
            paramLabel = "FIRST-LAST",
            description = "Only these offsets of the samples topic, both inclusive: 17, 17-20 or 17-.")
    private @Nullable String offsets;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = ArrivalTime.class,
            description = "Only records that arrived at this time or later, for example 2026-01-31T12:00:00Z.")
    private Instant since = Instant.MIN;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = ArrivalTime.class,
            description = "Only records that arrived before this time.")
    private Instant until = Instant.MAX;

    @Option(
            names = {"--key", "--id"},
            paramLabel = "NAME",
            description = "Only records with this key, or with this id where the record can be decoded.")
    private @Nullable String name;

    @Option(
            names = "--limit",
            defaultValue = "" + Integer.MAX_VALUE,
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            paramLabel = "N",
            description = "The newest N of them (default: all).")
    private int limit;

    LetterFilter filter() {
        long first = 0;
        long last = Long.MAX_VALUE;
        if (offsets != null) {
            Matcher span = SPAN.matcher(offsets);
            if (!span.matches()) {
                throw new StartupException("--offsets must be like 17, 17-20 or 17-, was \"" + offsets + "\"");
            }
            first = Long.parseLong(span.group(1));
            boolean isOpen = offsets.endsWith("-");
            last = span.group(2) != null ? Long.parseLong(span.group(2)) : isOpen ? Long.MAX_VALUE : first;
        }
        if (last < first) {
            throw new StartupException(
                    "--offsets is reversed: " + first + " is above " + last + "; is " + last + "-" + first + " meant?");
        }
        return new LetterFilter(
                causes,
                partition == null ? OptionalInt.empty() : OptionalInt.of(partition),
                first,
                last,
                since,
                until,
                Optional.ofNullable(name));
    }

    int limit() {
        if (limit < 1) {
            throw new StartupException("--limit must be at least 1, was " + limit);
        }
        return limit;
    }

    /** A time as it is written in the list. */
    static final class ArrivalTime implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String value) {
            try {
                return Instant.parse(value);
            } catch (DateTimeParseException e) {
                throw new TypeConversionException("must be like 2026-01-31T12:00:00Z, was \"" + value + "\"");
            }
        }
    }
}
