package dev.millrace.inference.serve;

/**
 * What one request may ask for. Immutable.
 *
 * @param modelName name that {@code model} must have where it is given
 * @param maxBodyBytes longest body
 * @param maxInputs most texts
 */
public record ApiLimits(String modelName, int maxBodyBytes, int maxInputs) {}
