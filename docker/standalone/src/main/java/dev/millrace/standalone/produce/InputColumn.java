package dev.millrace.standalone.produce;

import dev.millrace.contract.Sha256;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.LabelledSample;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The column of what the encoder reads. Immutable.
 *
 * @param kind text as it is; path of a PNG or JPEG file; or numbers between spaces or commas, also as a JSON array
 * @param name of the column
 * @param folder that relative paths of images begin at
 * @param maxBytes of one input; a larger one does not pass through Kafka
 */
public record InputColumn(InputKind kind, String name, Path folder, int maxBytes) {
    /** A column of texts. */
    public static InputColumn text(String name, int maxBytes) {
        return new InputColumn(InputKind.TEXT, name, Path.of(""), maxBytes);
    }

    /** Puts what a cell holds into the sample, or says why it cannot be used. */
    Optional<String> put(String cell, LabelledSample.Builder sample) throws IOException {
        if (cell.isBlank()) {
            return problem("is empty");
        }
        switch (kind) {
            case TEXT -> {
                return putText(cell, sample);
            }
            case IMAGE -> {
                return putImage(cell.strip(), sample);
            }
            case FEATURES -> {
                return putFeatures(cell.strip(), sample);
            }
        }
        throw new IllegalStateException("no kind of input: " + kind);
    }

    private Optional<String> putText(String cell, LabelledSample.Builder sample) {
        int bytes = cell.getBytes(StandardCharsets.UTF_8).length;
        sample.setText(cell);
        return bytes > maxBytes ? problem(tooLarge("has", bytes)) : Optional.empty();
    }

    private Optional<String> putImage(String cell, LabelledSample.Builder sample) throws IOException {
        Path file;
        try {
            file = folder.resolve(cell);
        } catch (InvalidPathException e) {
            return problem("is no path: \"" + cell + "\"");
        }
        if (!Files.isRegularFile(file)) {
            return problem("names no file: " + file);
        }
        if (Files.size(file) > maxBytes) {
            return problem(tooLarge("names " + file + " of", Files.size(file)));
        }
        sample.setImage(ByteBuffer.wrap(Files.readAllBytes(file)));
        return Optional.empty();
    }

    private Optional<String> putFeatures(String cell, LabelledSample.Builder sample) {
        boolean isArray = cell.startsWith("[") && cell.endsWith("]");
        String[] words =
                (isArray ? cell.substring(1, cell.length() - 1) : cell).strip().split("\\s*,\\s*|\\s+");
        float[] values = new float[words.length];
        for (int i = 0; i < values.length; i++) {
            try {
                values[i] = Float.parseFloat(words[i]);
            } catch (NumberFormatException e) {
                values[i] = Float.NaN;
            }
            if (!Float.isFinite(values[i])) {
                return problem("must hold finite numbers between spaces or commas, had \"" + words[i] + "\"");
            }
        }
        sample.setFeatures(new EncoderInput.Features(values).littleEndian());
        long bytes = (long) values.length * Float.BYTES;
        return bytes > maxBytes ? problem(tooLarge("has", bytes)) : Optional.empty();
    }

    private String tooLarge(String what, long bytes) {
        return what + " " + bytes + " bytes, a record of Kafka takes " + maxBytes
                + "; more with --property max.request.size=BYTES, if broker and topic take it";
    }

    /** What tells this input from another: the cell, or the hash of the image that it names. */
    String identity(String cell, LabelledSample.Builder sample) {
        ByteBuffer image = sample.getImage();
        return image == null ? cell : Sha256.of(image);
    }

    private Optional<String> problem(String what) {
        return Optional.of("column \"" + name + "\" " + what);
    }
}
