package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.trainer.announce.Announcer;
import dev.millrace.trainer.announce.KafkaAnnouncer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of two trainers of one model only the one that started later announces. */
final class AnnouncerTest {
    private static final String MODEL = "cats";
    /** An announcer gives up a try after this long, so that a test need not wait a minute. */
    private static final Map<String, String> HASTE = Map.of(
            "max.block.ms", "2000", "delivery.timeout.ms", "2000", "request.timeout.ms", "1000", "linger.ms", "0");

    @TempDir
    private static Path directory;

    private static LiveKafka kafka;

    @BeforeAll
    static void startKafka() throws InterruptedException {
        kafka = LiveKafka.start(directory.resolve("kafka"));
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    private static KafkaConfig topics(String prefix) throws InterruptedException {
        KafkaConfig made = kafka.topics(prefix, 1);
        return new KafkaConfig(made.bootstrapServers(), made.registryUrl(), prefix, HASTE, Map.of());
    }

    private static EvaluationReport report(long version) {
        return EvaluationReport.newBuilder()
                .setModel(MODEL)
                .setVersion(version)
                .setChampion(0)
                .setVerdict(GateVerdict.PROMOTE)
                .setRules(List.of())
                .setScores(List.of())
                .setHoldoutSamples(0)
                .setGallerySamples(0)
                .setParity(0)
                .setAt(Instant.EPOCH)
                .build();
    }

    private static Optional<Promotion> promotion(long version) {
        return Optional.of(Promotion.newBuilder()
                .setModel(MODEL)
                .setVersion(version)
                .setPrevious(0)
                .setBy(PromotedBy.GATE)
                .setReason("test")
                .setAt(Instant.EPOCH)
                .build());
    }

    private static List<Long> promoted(KafkaConfig config) {
        return LiveKafka.read(config, config.topics().promotions(), Promotion.class).stream()
                .map(Promotion::getVersion)
                .toList();
    }

    @Test
    void aTrainerThatStartedLaterFencesTheEarlierOne() throws Exception {
        KafkaConfig config = topics("fence.");
        try (Announcer earlier = new KafkaAnnouncer(config, MODEL);
                Announcer later = new KafkaAnnouncer(config, MODEL)) {
            earlier.claim();
            earlier.judged(report(1), promotion(1));
            later.claim();

            assertThatThrownBy(() -> earlier.judged(report(2), promotion(2)))
                    .isInstanceOf(Announcer.TakenOverException.class)
                    .hasMessageContaining("Another trainer of model \"cats\" has taken over");
            later.judged(report(3), promotion(3));

            assertThat(promoted(config)).containsExactly(1L, 3L);
        }
    }

    @Test
    void anOutageNeitherFencesTheLaterOneNorEndsTheEarlierOne() throws Exception {
        KafkaConfig config = topics("outage.");
        try (Announcer earlier = new KafkaAnnouncer(config, MODEL);
                Announcer later = new KafkaAnnouncer(config, MODEL)) {
            earlier.claim();
            later.claim();
            later.judged(report(1), promotion(1));

            kafka.stopBroker();
            assertThatThrownBy(() -> earlier.judged(report(2), promotion(2))).isInstanceOf(KafkaException.class);
            assertThatThrownBy(() -> later.judged(report(3), promotion(3))).isInstanceOf(KafkaException.class);
            kafka.startBroker();

            assertThatThrownBy(() -> untilSettled(() -> earlier.judged(report(4), promotion(4))))
                    .isInstanceOf(Announcer.TakenOverException.class);
            untilSettled(() -> later.judged(report(5), promotion(5)));
            assertThat(promoted(config)).startsWith(1L).endsWith(5L).doesNotContain(2L, 4L);
        }
    }

    /** Tries again as the publisher does: right after an outage a try may still run into its time limit. */
    private static void untilSettled(Runnable announcement) {
        for (int left = 20; ; left--) {
            try {
                announcement.run();
                return;
            } catch (KafkaException e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }
}
