package dev.millrace.inference.serve;

import dev.millrace.inference.encoder.InputKind;

/**
 * What one request may ask for. Immutable.
 *
 * @param modelName name that {@code model} must have where it is given
 * @param input what the model takes
 * @param maxBodyBytes longest body
 * @param maxInputs most inputs
 */
public record ApiLimits(String modelName, InputKind input, int maxBodyBytes, int maxInputs) {}
