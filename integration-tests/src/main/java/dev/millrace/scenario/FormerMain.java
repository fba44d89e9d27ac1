package dev.millrace.scenario;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.batch.FormerHealth;
import dev.millrace.trainer.batch.GroupProtocol;
import dev.millrace.trainer.batch.IngestCounts;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Child process: the batch forming part of a trainer alone. Arguments: broker, registry, topic prefix, model, state
 * directory. Says its state whenever that has changed and its counts twice a second.
 */
public final class FormerMain {
    /** Said once it runs. */
    public static final String RUNNING = "former RUNNING";
    /** What its counts stand behind: {@code records=17 duplicates=2}. */
    public static final String COUNTS = "former counts ";

    private static final long BETWEEN_COUNTS_MILLIS = 500;

    private FormerMain() {}

    /** Runs until it is killed. */
    public static void main(String[] arguments) throws InterruptedException {
        KafkaConfig kafka = new KafkaConfig(arguments[0], arguments[1], arguments[2], Map.of(), Map.of());
        BatchConfig batch = new BatchConfig(
                16, Duration.ofMillis(300), 900_000, 0, 1, "former", Path.of(arguments[4]), GroupProtocol.CLASSIC);
        try (BatchFormer former = BatchFormer.start(
                kafka, new FormedModel(arguments[3], new InputRule.Text()), IngestConfig.defaults(), batch)) {
            FormerHealth.State said = FormerHealth.State.STARTING;
            while (true) {
                TimeUnit.MILLISECONDS.sleep(BETWEEN_COUNTS_MILLIS);
                FormerHealth.State state = former.health().state();
                if (state != said) {
                    System.out.println("former " + state);
                    said = state;
                }
                IngestCounts counts = former.counts();
                System.out.println(COUNTS + "records=" + counts.records() + " duplicates=" + counts.duplicates());
            }
        }
    }
}
