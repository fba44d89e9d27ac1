package dev.millrace.verify;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.CommittedReader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.RejectReason;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.batch.IngestCounts;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * What became of a {@link PoisonStream}, read from the topics. Immutable.
 *
 * @param deadLettered letters found
 * @param wrongCause letters with another cause than they must have, and refused records that were good
 * @param unaccounted records of which nothing was found, or too much, or that the counters tell otherwise
 */
record PoisonAccount(int deadLettered, int wrongCause, int unaccounted) {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Compares what was sent with what is in the topics and with what the batch former counted. */
    static PoisonAccount of(PoisonStream sent, KafkaConfig kafka, IngestCounts counts) {
        Map<String, Integer> accepted = new HashMap<>();
        Consumer<AcceptedSample> accept = sample -> accepted.merge(sample.getId(), 1, Integer::sum);
        read(
                kafka,
                kafka.topics().batches(),
                TrainingBatch.class,
                batch -> batch.getSamples().forEach(accept));
        read(kafka, kafka.topics().holdout(), AcceptedSample.class, accept);
        Map<PoisonStream.Place, RejectReason> letters = new HashMap<>();
        int[] found = new int[2]; // letters, and those of a place that had one already
        read(kafka, kafka.topics().deadLetters(), DeadLetter.class, letter -> {
            found[0]++;
            var place = new PoisonStream.Place(letter.getSourcePartition(), letter.getSourceOffset());
            found[1] += letters.put(place, letter.getCause()) == null ? 0 : 1;
        });
        int wrong = wrongCauses(sent.letters(), letters);
        int unaccounted = found[1]
                + (sent.bad() - sent.letters().size())
                + missing(sent.letters().keySet(), letters.keySet())
                + different(sent.acceptances(), accepted)
                + (int) Math.abs(counts.duplicates() - sent.duplicates())
                + (int) Math.abs(counts.records() - sent.records())
                + (int) Math.abs(counts.deadLettered() - found[0]);
        return new PoisonAccount(found[0], wrong, unaccounted);
    }

    private static int wrongCauses(
            Map<PoisonStream.Place, RejectReason> expected, Map<PoisonStream.Place, RejectReason> found) {
        int wrong = 0;
        for (Map.Entry<PoisonStream.Place, RejectReason> letter : found.entrySet()) {
            RejectReason cause = expected.get(letter.getKey());
            if (cause != letter.getValue()) {
                wrong++;
                System.err.println(
                        "wrong cause at " + letter.getKey() + ": " + letter.getValue() + ", must be " + cause);
            }
        }
        return wrong;
    }

    private static int missing(Set<PoisonStream.Place> expected, Set<PoisonStream.Place> found) {
        Set<PoisonStream.Place> missing = new HashSet<>(expected);
        missing.removeAll(found);
        missing.forEach(place -> System.err.println("no dead letter for " + place));
        return missing.size();
    }

    private static int different(Map<String, Integer> expected, Map<String, Integer> found) {
        Set<String> ids = new HashSet<>(expected.keySet());
        ids.addAll(found.keySet());
        ids.removeIf(id -> Objects.equals(expected.get(id), found.get(id)));
        ids.forEach(id ->
                System.err.println("id " + id + " accepted " + found.get(id) + " times, must be " + expected.get(id)));
        return ids.size();
    }

    private static <T extends SpecificRecord> void read(
            KafkaConfig kafka, String topic, Class<T> type, Consumer<? super T> take) {
        try (CommittedReader reader = new CommittedReader(kafka, List.of(topic));
                Deserializer<T> values = new AvroSerdes(kafka).deserializer(type)) {
            reader.readAll(LIMIT, entry -> take.accept(values.deserialize(topic, entry.value())));
        }
    }
}
