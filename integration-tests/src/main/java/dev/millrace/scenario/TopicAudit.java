package dev.millrace.scenario;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.Topics;
import dev.millrace.scenario.SampleFeed.Place;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.standalone.topics.TopicReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Compares what a broker acknowledged with what can be read from the topics. Immutable.
 *
 * @param records in the samples topic
 * @param lost acknowledged records that are nowhere
 * @param doubled records that are somewhere twice, or that nobody sent
 * @param findings in words, at most a few of each kind
 */
public record TopicAudit(long records, long lost, long doubled, List<String> findings) {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FINDINGS_OF_A_KIND = 5;

    public TopicAudit {
        findings = List.copyOf(findings);
    }

    /**
     * Reads batches, holdout and dead letters from beginning to end.
     *
     * @param account of everything that was sent to the samples topic
     * @param duplicates as the batch former counts them
     */
    public static TopicAudit of(KafkaConfig kafka, SampleFeed.Account account, long duplicates) {
        return new Audit(kafka).compare(account, duplicates);
    }

    /** What is counted now. */
    @FunctionalInterface
    public interface Count {
        long now() throws InterruptedException;
    }

    /** As {@link #of}, read again until nothing is missing or the limit is over: what is counted is committed later. */
    public static TopicAudit settled(KafkaConfig kafka, SampleFeed.Account account, Count duplicates, Duration limit)
            throws InterruptedException {
        TopicAudit[] last = new TopicAudit[1];
        Waiting.until(limit, () -> {
            last[0] = of(kafka, account, duplicates.now());
            return last[0].lost() == 0;
        });
        return last[0];
    }

    /** Records of the samples topic. */
    public static long samples(KafkaConfig kafka) {
        Map<String, Object> settings = new HashMap<>(kafka.properties());
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer
                    .partitionsFor(kafka.topics().samples(), LIMIT)
                    .stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            return consumer.endOffsets(partitions, LIMIT).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    /** Every committed record of a topic, oldest first within a partition. */
    public static <T extends SpecificRecord> List<T> read(KafkaConfig kafka, String topic, Class<T> type) {
        try (TopicReader<T> reader = new TopicReader<>(kafka, topic, type)) {
            return reader.readNew(LIMIT).stream().map(entry -> entry.value()).toList();
        }
    }

    private static final class Audit {
        private final KafkaConfig kafka;
        private final Map<String, Integer> seen = new HashMap<>();
        private final Map<Place, Integer> buried = new HashMap<>();
        private final Map<String, Integer> kinds = new HashMap<>();
        private final List<String> findings = new ArrayList<>();
        private long lost;
        private long doubled;

        Audit(KafkaConfig kafka) {
            this.kafka = kafka;
            Topics topics = kafka.topics();
            Consumer<AcceptedSample> note = sample -> seen.merge(sample.getId(), 1, Integer::sum);
            read(kafka, topics.batches(), TrainingBatch.class)
                    .forEach(batch -> batch.getSamples().forEach(note));
            read(kafka, topics.holdout(), AcceptedSample.class).forEach(note);
            read(kafka, topics.deadLetters(), DeadLetter.class)
                    .forEach(letter -> buried.merge(
                            new Place(letter.getSourcePartition(), letter.getSourceOffset()), 1, Integer::sum));
        }

        TopicAudit compare(SampleFeed.Account account, long duplicates) {
            compare("id", account.ids(), seen);
            compare("damaged record", account.damaged(), buried);
            Set<String> known = new HashSet<>(account.ids());
            known.addAll(account.unanswered());
            seen.keySet().stream().filter(id -> !known.contains(id)).forEach(id -> doubled("nobody sent", id));
            long records = samples(kafka);
            long expectedDuplicates = records - seen.size() - buried.size();
            if (duplicates != expectedDuplicates) {
                findings.add("duplicates counted: " + duplicates + ", to be expected: " + expectedDuplicates);
                lost += Math.max(0, expectedDuplicates - duplicates);
                doubled += Math.max(0, duplicates - expectedDuplicates);
            }
            return new TopicAudit(records, lost, doubled, findings);
        }

        private <K> void compare(String kind, Set<K> acknowledged, Map<K, Integer> found) {
            for (K one : acknowledged) {
                if (!found.containsKey(one)) {
                    lost++;
                    find(kind + " lost", one);
                }
            }
            found.forEach((one, times) -> {
                if (times > 1) {
                    doubled(kind + " is there " + times + " times", one);
                }
            });
        }

        private void doubled(String kind, Object one) {
            doubled++;
            find(kind, one);
        }

        private void find(String kind, Object one) {
            if (kinds.merge(kind, 1, Integer::sum) <= FINDINGS_OF_A_KIND) {
                findings.add(kind + ": " + one);
            }
        }
    }
}
