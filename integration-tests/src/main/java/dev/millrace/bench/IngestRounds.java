package dev.millrace.bench;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.trainer.batch.BatchConfig;
import dev.millrace.trainer.batch.BatchFormer;
import dev.millrace.trainer.batch.FormedModel;
import dev.millrace.trainer.batch.GroupProtocol;
import dev.millrace.trainer.ingest.IngestConfig;
import dev.millrace.trainer.ingest.InputRule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Child process of {@link IngestBench}: takes all samples once for each line {@link #GO} of its input, and says how many
 * it took a second. Arguments: {@link #COPY} or {@link #FORMER}, broker, registry, topic prefix, number of samples, state
 * directory.
 */
final class IngestRounds {
    /** The bare copy, and the topic it writes to. */
    static final String COPY = "copy";

    static final String FORMER = "former";
    static final String GO = "go";
    /** What the figure of a round stands behind. */
    static final String PER_SECOND = "per second: ";

    private static final int BATCH_SIZE = 16;
    /** Most samples that may sit in open batches, of up to sixteen partitions. */
    private static final int REST = 16 * BATCH_SIZE;
    /** Looking costs time on the cores that are measured, and holds the stores' locks. */
    private static final int BETWEEN_LOOKS_MILLIS = 50;

    private final KafkaConfig kafka;
    private final Path directory;
    private final int samples;

    private IngestRounds(KafkaConfig kafka, Path directory, int samples) {
        this.kafka = kafka;
        this.directory = directory;
        this.samples = samples;
    }

    /** Runs until its input ends. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        IngestRounds rounds = new IngestRounds(
                new KafkaConfig(arguments[1], arguments[2], arguments[3], Map.of(), Map.of()),
                Path.of(arguments[5]),
                Integer.parseInt(arguments[4]));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (int round = 0; GO.equals(input.readLine()); round++) {
            double perSecond = arguments[0].equals(COPY) ? rounds.copy(round) : rounds.form(round);
            System.out.println(PER_SECOND + perSecond);
        }
    }

    private double copy(int round) throws InterruptedException {
        try (PassThrough copy =
                PassThrough.start(kafka, COPY, "pass-through-" + round, directory.resolve(Integer.toString(round)))) {
            return perSecond(copy::records);
        }
    }

    private double form(int round) throws InterruptedException {
        BatchConfig batch = new BatchConfig(
                BATCH_SIZE, Duration.ofSeconds(1), 900_000, 0, 1, "former-" + round, directory, GroupProtocol.CLASSIC);
        try (BatchFormer former = BatchFormer.start(
                kafka, new FormedModel("bench", new InputRule.Text()), IngestConfig.defaults(), batch)) {
            return perSecond(() -> former.counts().records());
        }
    }

    /** From the first record seen to the last, but for those that may sit in open batches. */
    private double perSecond(LongSupplier progress) throws InterruptedException {
        long first = 0;
        long begun = 0;
        while (true) {
            long records = progress.getAsLong();
            if (records >= samples - REST) {
                return (records - first) / ((System.nanoTime() - begun) / 1e9);
            }
            if (records > 0 && begun == 0) {
                first = records;
                begun = System.nanoTime();
            }
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
    }
}
