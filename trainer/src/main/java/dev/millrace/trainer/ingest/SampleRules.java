package dev.millrace.trainer.ingest;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.UnusableInputException;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.RejectReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a sample must be like. Lengths count Unicode characters (code points). Immutable. */
final class SampleRules {
    private static final int SHOWN_CHARS = 60;

    private final IngestConfig config;
    private final InputRule input;
    private final Set<String> closedLabels;

    /** A rule that was broken: the cause and what was seen. */
    private record Breach(RejectReason reason, String detail) {}

    /**
     * @param config the rules for every model
     * @param input the rule for this one's input
     */
    SampleRules(IngestConfig config, InputRule input) {
        this.config = config;
        this.input = input;
        this.closedLabels = Set.copyOf(config.closedLabels());
    }

    /** Checks the rules in the order id, label, input; the first one broken is the cause. */
    Decoded check(SampleFields fields, int schemaId, SourcePosition source) {
        Optional<Breach> breach =
                checkId(fields.id()).or(() -> checkLabel(fields.label())).or(() -> checkInput(fields));
        if (breach.isPresent()) {
            return new Decoded.Rejected(breach.get().reason(), breach.get().detail(), schemaId);
        }
        return new Decoded.Valid(new AcceptedSample(
                fields.id(),
                fields.eventTime(),
                source.receivedAt(),
                fields.label(),
                input instanceof InputRule.Text ? fields.text() : null,
                input instanceof InputRule.Features ? fields.features() : null,
                input instanceof InputRule.Images ? fields.image() : null,
                source.partition(),
                source.offset()));
    }

    private Optional<Breach> checkId(String id) {
        if (id.isBlank()) {
            return breach(RejectReason.MISSING_ID, "id is blank");
        }
        if (isLonger(id, config.maxIdChars())) {
            return breach(
                    RejectReason.ID_TOO_LONG,
                    "id has " + length(id) + " characters, at most " + config.maxIdChars() + " are allowed");
        }
        return Optional.empty();
    }

    private Optional<Breach> checkLabel(@Nullable String label) {
        if (label == null || label.isBlank()) {
            return breach(RejectReason.MISSING_LABEL, label == null ? "label is null" : "label is blank");
        }
        if (isLonger(label, config.maxLabelChars())) {
            return breach(
                    RejectReason.LABEL_TOO_LONG,
                    "label has " + length(label) + " characters, at most " + config.maxLabelChars() + " are allowed");
        }
        if (!closedLabels.isEmpty() && !closedLabels.contains(label)) {
            return breach(
                    RejectReason.UNKNOWN_LABEL,
                    "label \"" + shortened(label) + "\" is not among the " + closedLabels.size() + " allowed labels");
        }
        return Optional.empty();
    }

    private Optional<Breach> checkInput(SampleFields fields) {
        if (input instanceof InputRule.Images images) {
            return checkImage(fields.image(), images.preprocessing());
        }
        return input instanceof InputRule.Features features
                ? checkFeatures(fields.features(), features.dimension())
                : checkText(fields.text());
    }

    /** Decodes the image: whatever comes into the training log can be trained on. */
    private Optional<Breach> checkImage(@Nullable ByteBuffer image, ImagePreprocessing preprocessing) {
        if (image == null) {
            return breach(RejectReason.MISSING_INPUT, "image is null, this model needs an image");
        }
        if (image.remaining() > config.maxImageBytes()) {
            return breach(
                    RejectReason.IMAGE_TOO_LARGE,
                    "image has " + image.remaining() + " bytes, at most " + config.maxImageBytes() + " are allowed");
        }
        try {
            preprocessing.prepare(List.of(EncoderInput.Image.of(image)));
            return Optional.empty();
        } catch (UnusableInputException e) {
            return breach(RejectReason.valueOf(e.reason().name()), String.valueOf(e.getMessage()));
        }
    }

    private Optional<Breach> checkText(@Nullable String text) {
        if (text == null) {
            return breach(RejectReason.MISSING_INPUT, "text is null, this model needs a text");
        }
        if (text.isBlank()) {
            return breach(RejectReason.EMPTY_TEXT, text.isEmpty() ? "text is empty" : "text is blank");
        }
        if (isLonger(text, config.maxTextChars())) {
            return breach(
                    RejectReason.TEXT_TOO_LONG,
                    "text has " + length(text) + " characters, at most " + config.maxTextChars() + " are allowed");
        }
        return Optional.empty();
    }

    private Optional<Breach> checkFeatures(@Nullable ByteBuffer features, int dimension) {
        if (features == null) {
            return breach(RejectReason.MISSING_INPUT, "features is null, this model needs a feature vector");
        }
        int expectedBytes = dimension * Float.BYTES;
        if (features.remaining() != expectedBytes) {
            return breach(
                    RejectReason.WRONG_DIMENSION,
                    "features has " + features.remaining() + " bytes, must have " + expectedBytes + ": " + dimension
                            + " float32 values");
        }
        ByteBuffer values = features.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        boolean isZero = true;
        for (int i = 0; i < dimension; i++) {
            float value = values.getFloat();
            if (!Float.isFinite(value)) {
                return breach(RejectReason.NON_FINITE_FEATURE, "features[" + i + "] is " + value + ", must be finite");
            }
            isZero &= value == 0;
        }
        return isZero
                ? breach(RejectReason.ZERO_VECTOR, "every one of the " + dimension + " features is 0")
                : Optional.empty();
    }

    private static Optional<Breach> breach(RejectReason reason, String detail) {
        return Optional.of(new Breach(reason, detail));
    }

    private static boolean isLonger(String text, int maxChars) {
        // A code point takes one or two Java chars, so the exact count is needed only in between.
        return text.length() > maxChars && (text.length() > 2 * maxChars || length(text) > maxChars);
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String shortened(String text) {
        return length(text) <= SHOWN_CHARS ? text : text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARS)) + "...";
    }
}
