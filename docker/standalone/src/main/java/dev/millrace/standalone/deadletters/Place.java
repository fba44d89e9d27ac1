package dev.millrace.standalone.deadletters;

import dev.millrace.schemas.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Where a record of the samples topic lies. Immutable. */
public record Place(String topic, int partition, long offset) {
    /** Header of a replayed record: the place of the record it repeats. */
    public static final String HEADER = "millrace.replay-of";

    private static final Pattern WRITTEN = Pattern.compile("(.+)-(\\d{1,9})@(\\d{1,18})");

    static Place of(DeadLetter letter) {
        return new Place(letter.getSourceTopic(), letter.getSourcePartition(), letter.getSourceOffset());
    }

    /** What a replayed record repeats; empty for any other record. */
    static Optional<Place> repeatedBy(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        return header == null || header.value() == null
                ? Optional.empty()
                : parse(new String(header.value(), StandardCharsets.UTF_8));
    }

    private static Optional<Place> parse(String written) {
        Matcher parts = WRITTEN.matcher(written);
        return parts.matches()
                ? Optional.of(
                        new Place(parts.group(1), Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(3))))
                : Optional.empty();
    }

    TopicPartition topicPartition() {
        return new TopicPartition(topic, partition);
    }

    /** {@code topic-partition@offset}. */
    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
