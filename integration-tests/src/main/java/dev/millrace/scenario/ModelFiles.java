package dev.millrace.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An encoder on the disk. Immutable.
 *
 * @param onnx its graph with weights
 * @param tokenizer {@code tokenizer.json} that belongs to it
 */
public record ModelFiles(Path onnx, Path tokenizer) {
    private static final Path MINILM = Path.of("inference", "target", "models", "all-minilm-l6-v2");
    private static final long SEED = 7;

    /** The MiniLM that the build unpacks. */
    public static ModelFiles miniLm() {
        Path models = home().resolve(MINILM);
        return new ModelFiles(
                models.resolve("all-minilm-l6-v2.onnx"), models.resolve("all-minilm-l6-v2-tokenizer.json"));
    }

    /** A {@link SmallEncoder} in the directory, with MiniLM's tokenizer. */
    public static ModelFiles small(Path directory) {
        try {
            Files.createDirectories(directory);
            Path onnx = directory.toAbsolutePath().resolve("small-encoder.onnx");
            SmallEncoder.write(onnx, SEED);
            return new ModelFiles(onnx, miniLm().tokenizer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Root of the checkout: {@code millrace.home}, else the nearest directory upwards that has the unpacked models. */
    private static Path home() {
        String told = System.getProperty("millrace.home");
        Path at = told == null ? Path.of("").toAbsolutePath() : Path.of(told).toAbsolutePath();
        for (Path candidate = at; candidate != null; candidate = candidate.getParent()) {
            if (Files.isDirectory(candidate.resolve(MINILM))) {
                return candidate;
            }
        }
        throw new IllegalStateException("no " + MINILM + " in or above " + at + "; build the inference module first");
    }
}
