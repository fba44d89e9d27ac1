package dev.millrace.trainer.batch;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.BatchClosedBy;
import dev.millrace.schemas.RejectReason;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.ingest.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random streams against a model so simple that it can be seen to be right: every record ends in exactly one place, over
 * restarts too.
 */
final class FormerModelTest {
    private static final Duration WINDOW = Duration.ofHours(1);
    private static final int BATCH_SIZE = 4;
    private static final double HOLDOUT = 0.2;
    private static final int RECORDS = 3_000;

    @TempDir
    private Path directory;

    /** What should become of each record, told from the records alone. */
    private static final class Model {
        private final Map<String, Instant> acceptedAt = new HashMap<>();
        private final List<String> accepted = new ArrayList<>();
        private final List<String> heldOut = new ArrayList<>();
        private final List<RejectReason> deadLetters = new ArrayList<>();
        private long duplicates;

        void good(String id, Instant receivedAt) {
            Instant before = acceptedAt.get(id);
            if (before != null && Duration.between(before, receivedAt).compareTo(WINDOW) <= 0) {
                duplicates++;
                return;
            }
            acceptedAt.put(id, receivedAt);
            boolean isHeldOut = new HoldoutSplit(HOLDOUT).isHeldOut(FormerFixture.hash(id));
            (isHeldOut ? heldOut : accepted).add(id);
        }
    }

    /** All that came out of the former, over its restarts. */
    private static final class Collected {
        private final List<TrainingBatch> batches = new ArrayList<>();
        private final List<String> heldOut = new ArrayList<>();
        private final List<RejectReason> deadLetters = new ArrayList<>();

        void from(FormerFixture former) {
            batches.addAll(former.batches());
            former.holdout().forEach(record -> heldOut.add(record.key()));
            former.deadLetters()
                    .forEach(record -> deadLetters.add(record.value().getCause()));
        }

        List<String> trained() {
            return batches.stream()
                    .flatMap(batch -> batch.getSamples().stream())
                    .map(AcceptedSample::getId)
                    .toList();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void everyRecordEndsInExactlyOnePlace(long seed) {
        Random random = new Random(seed);
        Model model = new Model();
        Collected collected = new Collected();
        KeptStores stores = new KeptStores();
        FormerSpec spec = FormerFixture.spec(directory, BATCH_SIZE, HOLDOUT);
        IngestCounts counts = IngestCounts.none();
        Instant now = FormerFixture.START;

        for (int sent = 0; sent < RECORDS; ) {
            try (FormerFixture former = new FormerFixture(spec, stores.next(), now)) {
                for (int untilRestart = random.nextInt(400);
                        untilRestart > 0 && sent < RECORDS;
                        untilRestart--, sent++) {
                    Duration step = Duration.ofMillis(
                            random.nextInt(50) == 0 ? random.nextInt(2_400_000) : random.nextInt(500));
                    former.advance(step);
                    now = now.plus(step);
                    sendOne(random, former, model, now);
                }
                if (sent == RECORDS) {
                    former.advance(spec.batch().maxWait());
                }
                collected.from(former);
                counts = former.counts();
            }
        }

        assertThat(collected.trained()).isEqualTo(model.accepted);
        assertThat(collected.heldOut).isEqualTo(model.heldOut);
        assertThat(collected.deadLetters).isEqualTo(model.deadLetters);
        assertThat(counts)
                .isEqualTo(new IngestCounts(
                        model.accepted.size(),
                        model.heldOut.size(),
                        model.duplicates,
                        model.deadLetters.stream().collect(groupingBy(identity(), counting())),
                        collected.batches.size()));
        assertThat(counts.records()).isEqualTo(RECORDS);
        assertThat(model.duplicates).isGreaterThan(100); // or the stream was not worth much
        assertThat(collected.batches)
                .extracting(TrainingBatch::getClosedBy)
                .contains(BatchClosedBy.SIZE, BatchClosedBy.TIME);
    }

    private static void sendOne(Random random, FormerFixture former, Model model, Instant now) {
        String id = "id" + random.nextInt(500);
        switch (random.nextInt(12)) {
            case 0 -> {
                former.sendRaw(null, null, now);
                model.deadLetters.add(RejectReason.EMPTY_RECORD);
            }
            case 1 -> {
                former.sendRaw(id.getBytes(StandardCharsets.UTF_8), new byte[] {'{', '}'}, now);
                model.deadLetters.add(RejectReason.NO_MAGIC_BYTE);
            }
            case 2 -> {
                byte[] good = former.bytes(Samples.text(id, "cat", "purrs"));
                former.sendRaw(null, Arrays.copyOf(good, 5 + random.nextInt(good.length - 5)), now);
                model.deadLetters.add(RejectReason.MALFORMED_AVRO);
            }
            case 3 -> {
                former.send(Samples.text(id, null, "purrs"), now);
                model.deadLetters.add(RejectReason.MISSING_LABEL);
            }
            default -> {
                former.send(Samples.text(id, "cat", "purrs"), now);
                model.good(id, now);
            }
        }
    }
}
