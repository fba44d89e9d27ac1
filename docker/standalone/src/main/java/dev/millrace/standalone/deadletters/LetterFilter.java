package dev.millrace.standalone.deadletters;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.RejectReason;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * Which dead letters are meant: those that fit everything given. Immutable.
 *
 * @param causes any of these; empty means every cause
 * @param partition of the samples topic
 * @param firstOffset lowest offset in the samples topic
 * @param lastOffset highest offset in the samples topic, inclusive
 * @param since earliest arrival of the refused record, inclusive
 * @param until latest arrival, exclusive
 * @param name the record's key as text, or the id inside the record
 */
public record LetterFilter(
        Set<RejectReason> causes,
        OptionalInt partition,
        long firstOffset,
        long lastOffset,
        Instant since,
        Instant until,
        Optional<String> name) {

    public LetterFilter {
        causes = Set.copyOf(causes);
    }

    /**
     * Whether the letter is meant.
     *
     * @param id finds the id inside a letter's record, where there is one; asked only when a name is looked for
     */
    boolean matches(Letter letter, Function<Letter, Optional<String>> id) {
        DeadLetter content = letter.content();
        return (causes.isEmpty() || causes.contains(content.getCause()))
                && (partition.isEmpty() || partition.getAsInt() == content.getSourcePartition())
                && content.getSourceOffset() >= firstOffset
                && content.getSourceOffset() <= lastOffset
                && !content.getReceivedAt().isBefore(since)
                && content.getReceivedAt().isBefore(until)
                && (name.isEmpty() || isNamed(name.get(), letter, id));
    }

    private static boolean isNamed(String name, Letter letter, Function<Letter, Optional<String>> id) {
        return Bytes.text(letter.content().getKey()).filter(name::equals).isPresent()
                || id.apply(letter).filter(name::equals).isPresent();
    }
}
