package dev.millrace.inference.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code input} of a request: one input or a list of them, of the kind that the model takes; everything else becomes
 * a worded error. Immutable.
 */
record InputReader(InputKind kind, int maxInputs) {
    private static final Pattern DATA_URL = Pattern.compile("data:image/(?:png|jpe?g);base64,");

    /** An input as it is written, for people. */
    String example() {
        return switch (kind) {
            case TEXT -> "\"some text\"";
            case IMAGE -> "{\"image\": \"<base64 or data: URL of a PNG or JPEG file>\"}";
            case FEATURES -> "[0.5, 1, -2]";
        };
    }

    /** At least one input. */
    List<EncoderInput> read(JsonNode input) {
        if (isOne(input)) {
            return List.of(one(input));
        }
        if (!input.isArray() || input.isEmpty()) {
            throw invalid("`input` must be " + takes() + " with at least one element." + model());
        }
        if (kind == InputKind.TEXT && (input.get(0).isNumber() || input.get(0).isArray())) {
            throw new ApiException(
                    Outcome.TOKENS_NOT_SUPPORTED,
                    "`input` holds numbers, such as token ids; only text is accepted, since the tokenizer belongs to the"
                            + " served version.");
        }
        if (input.size() > maxInputs) {
            throw new ApiException(
                    Outcome.TOO_MANY_INPUTS,
                    "`input` has " + input.size() + " elements; at most " + maxInputs + " are allowed in one request.");
        }
        List<EncoderInput> inputs = new ArrayList<>(input.size());
        input.forEach(element -> inputs.add(one(element)));
        return inputs;
    }

    private boolean isOne(JsonNode input) {
        return switch (kind) {
            case TEXT -> input.isTextual();
            case IMAGE -> input.isObject();
            case FEATURES ->
                input.isArray() && !input.isEmpty() && !input.get(0).isArray();
        };
    }

    private EncoderInput one(JsonNode element) {
        return switch (kind) {
            case TEXT -> text(element);
            case IMAGE -> image(element);
            case FEATURES -> features(element);
        };
    }

    private static EncoderInput text(JsonNode element) {
        if (!element.isTextual() || element.textValue().isEmpty()) {
            throw invalid("`input` must hold non-empty strings only, had " + RequestReader.brief(element) + ".");
        }
        return new EncoderInput.Text(element.textValue());
    }

    private EncoderInput image(JsonNode element) {
        String image = element.path("image").textValue();
        if (image == null || element.size() != 1) {
            throw invalid("`input` must hold images only, each as " + example() + "; had "
                    + RequestReader.brief(element) + "." + model());
        }
        Matcher dataUrl = DATA_URL.matcher(image);
        if (image.startsWith("data:") && !dataUrl.lookingAt()) {
            throw invalid("A data: URL must begin with data:image/png;base64, or data:image/jpeg;base64, had "
                    + RequestReader.brief(element) + ".");
        }
        try {
            return new EncoderInput.Image(
                    Base64.getDecoder().decode(image.startsWith("data:") ? image.substring(dataUrl.end()) : image));
        } catch (IllegalArgumentException e) {
            throw invalid("An image must be written in base64: " + e.getMessage() + ".");
        }
    }

    private EncoderInput features(JsonNode element) {
        if (!element.isArray()) {
            throw invalid(
                    "`input` must hold lists of numbers only, had " + RequestReader.brief(element) + "." + model());
        }
        float[] values = new float[element.size()];
        for (int i = 0; i < values.length; i++) {
            if (!element.get(i).isNumber() || !Float.isFinite(element.get(i).floatValue())) {
                throw invalid("A feature must be a finite number, had " + RequestReader.brief(element.get(i)) + ".");
            }
            values[i] = element.get(i).floatValue();
        }
        return new EncoderInput.Features(values);
    }

    private String takes() {
        return switch (kind) {
            case TEXT -> "a string or a list of strings";
            case IMAGE -> example() + " or a list of such";
            case FEATURES -> "a list of numbers or a list of such lists";
        };
    }

    private String model() {
        return " This model takes " + kind + ".";
    }

    private static ApiException invalid(String message) {
        return new ApiException(Outcome.INVALID_INPUT, message);
    }
}
