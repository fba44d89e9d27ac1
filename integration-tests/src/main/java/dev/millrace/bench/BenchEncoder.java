package dev.millrace.bench;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.PreparedInput;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.standalone.quickstart.Gloss;
import dev.millrace.standalone.quickstart.WordNetGlosses;
import dev.millrace.trainer.TrainerConfig;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.LearnerSettings;
import dev.millrace.trainer.learn.LearnerState;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.PreparedSample;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.policy.EncoderPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** MiniLM with the samples that benchmarks train it on. Owned by one thread, which closes it. */
final class BenchEncoder implements AutoCloseable {
    private static final Path MODELS = Path.of("inference", "target", "models", "all-minilm-l6-v2");
    private static final long SEED = 1;
    private static final int CLASSES = 40;
    private static final int FIRST_WORD = 1_000;
    private static final int WORDS = 28_000;
    private static final long START = 101;
    private static final long END = 102;

    private final TrainerConfig config;
    private final EncoderGraph pooled;
    private final TextTokenizer tokenizer;

    /** @param environment {@code TRAINER_...} variables over the shipped configuration */
    BenchEncoder(Map<String, String> environment) throws IOException, RefusedModelException {
        Path models = Path.of(System.getProperty("millrace.home", ".")).resolve(MODELS);
        this.config = ConfigLoader.load(
                TrainerConfig.class, "/trainer.yaml", Optional.empty(), "TRAINER", Map.copyOf(environment));
        this.pooled = EncoderGraph.read(models.resolve("all-minilm-l6-v2.onnx")).withPooling(Pooling.MEAN);
        this.tokenizer = TextTokenizer.read(
                models.resolve("all-minilm-l6-v2-tokenizer.json"),
                config.model().maxTokens());
    }

    TrainerConfig config() {
        return config;
    }

    EncoderGraph pooled() {
        return pooled;
    }

    EncoderPolicy openPolicy() throws UnsupportedGraphException {
        return EncoderPolicy.open(pooled, config.policy());
    }

    Learner learner(EncoderPolicy policy) {
        LearnerSettings settings = config.learnerSettings();
        return new Learner(policy, settings, LearnerState.initial(settings));
    }

    /** Batches of WordNet glosses in the quickstart's order, each of the configured size. */
    List<PreparedBatch> glosses(int batches) {
        List<Gloss> glosses = WordNetGlosses.shuffled(SEED);
        int size = config.batch().size();
        List<PreparedBatch> prepared = new ArrayList<>();
        for (int b = 0; b < batches; b++) {
            List<PreparedSample> samples = new ArrayList<>();
            for (int i = b * size; i < (b + 1) * size; i++) {
                Gloss gloss = glosses.get(i % glosses.size());
                PreparedInput input = tokenizer
                        .prepare(List.of(new EncoderInput.Text(gloss.text())))
                        .get(0);
                samples.add(new PreparedSample(sample(i, gloss.label(), gloss.text()), input));
            }
            prepared.add(new PreparedBatch(b, samples));
        }
        return prepared;
    }

    /** One batch of random words, every row of the same length. */
    static PreparedBatch words(int rows, int columns) {
        Random random = new Random(SEED);
        List<PreparedSample> samples = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            long[] tokens = new long[columns];
            Arrays.setAll(tokens, at -> FIRST_WORD + random.nextInt(WORDS));
            tokens[0] = START;
            tokens[columns - 1] = END;
            samples.add(new PreparedSample(sample(i, "label-" + i % CLASSES, ""), new PreparedInput.Tokens(tokens, 0)));
        }
        return new PreparedBatch(0, samples);
    }

    private static AcceptedSample sample(int number, String label, String text) {
        return AcceptedSample.newBuilder()
                .setId("sample-" + number)
                .setLabel(label)
                .setText(text)
                .setEventTime(Instant.EPOCH)
                .setReceivedAt(Instant.EPOCH)
                .setSourcePartition(0)
                .setSourceOffset(number)
                .build();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
