package dev.millrace.trainer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.PreparedSample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The real pretrained encoder that the build unpacks, and sentences to train it on. */
final class Encoders {
    private static final Path MINI_LM = Path.of("../inference/target/models/all-minilm-l6-v2");
    private static final String[] ANIMALS = {"cat", "dog", "horse", "sparrow", "salmon", "wolf", "whale", "ant"};
    private static final String[] TOOLS = {"hammer", "saw", "wrench", "drill", "chisel", "ladder", "file", "plane"};

    private Encoders() {}

    static ModelConfig miniLm() {
        Path file = MINI_LM.resolve("all-minilm-l6-v2.onnx");
        assumeTrue(Files.exists(file), "all-MiniLM-L6-v2 is not unpacked: build the inference module first");
        Path tokenizer = MINI_LM.resolve("all-minilm-l6-v2-tokenizer.json");
        return new ModelConfig("mini", InputKind.TEXT, file, tokenizer, 32, "", tokenizer, Pooling.MEAN, "");
    }

    /** Batches of two classes, of different lengths; always the same for the same number. */
    static List<PreparedBatch> batches(EncoderFiles files, int count, int size) {
        List<PreparedBatch> batches = new ArrayList<>();
        for (int b = 0; b < count; b++) {
            List<PreparedSample> samples = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                samples.add(LearnerParts.prepare(files, sample(b * size + i)));
            }
            batches.add(new PreparedBatch(2L * b, samples)); // every other offset is a transaction marker
        }
        return batches;
    }

    static AcceptedSample sample(int number) {
        boolean animal = number % 2 == 0;
        String word = (animal ? ANIMALS : TOOLS)[(number / 2) % 8];
        String text = "a " + word + " number " + number + " seen near the " + "old ".repeat(number % 5) + "barn";
        return new AcceptedSample(
                "sample-" + number,
                Instant.ofEpochMilli(number),
                Instant.ofEpochMilli(1_000 + number),
                animal ? "animal" : "tool",
                text,
                null,
                null,
                number % 3,
                (long) number);
    }
}
