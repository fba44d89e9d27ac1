package dev.millrace.standalone.deadletters;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.RejectReason;
import java.util.Optional;

/**
 * One dead letter. Immutable by convention.
 *
 * @param content as it stands in the topic
 * @param repeats place of the letter that was replayed and came to be this one; empty for a record of a producer
 */
public record Letter(DeadLetter content, Optional<Place> repeats) {

    /** Where the refused record lies in the samples topic. */
    public Place place() {
        return Place.of(content);
    }

    /** Whether the record's bytes are here; a giant's stay behind in the samples topic. A tombstone has none to keep. */
    public boolean hasRecord() {
        return content.getValue() != null || content.getCause() == RejectReason.EMPTY_RECORD;
    }
}
