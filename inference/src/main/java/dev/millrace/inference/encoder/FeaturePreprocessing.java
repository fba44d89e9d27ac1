package dev.millrace.inference.encoder;

import java.util.List;

/**
 * Feature vectors, checked and otherwise as they are. Immutable.
 *
 * @param dimension numbers in each vector, at least 1
 */
public record FeaturePreprocessing(int dimension) implements Preprocessing {
    @Override
    public InputKind kind() {
        return InputKind.FEATURES;
    }

    /**
     * Checks each vector.
     *
     * @throws UnusableInputException when one has another length or a number that is not finite
     */
    @Override
    public List<PreparedInput> prepare(List<EncoderInput> inputs) {
        return Preprocessing.each(
                inputs, input -> prepare(input.as(EncoderInput.Features.class).values()));
    }

    private PreparedInput.Vector prepare(float[] values) {
        if (values.length != dimension) {
            throw new UnusableInputException(
                    UnusableInputException.Cause.WRONG_DIMENSION,
                    "the vector has " + values.length + " numbers, this model takes " + dimension);
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new UnusableInputException(
                        UnusableInputException.Cause.NON_FINITE_FEATURE,
                        "number " + i + " of the vector is " + values[i] + ", must be finite");
            }
        }
        return new PreparedInput.Vector(values);
    }

    @Override
    public EncoderInput usualInput() {
        return new EncoderInput.Features(new float[dimension]);
    }

    @Override
    public EncoderInput largestInput() {
        return usualInput();
    }

    @Override
    public void close() {}
}
