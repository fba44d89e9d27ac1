/**
 * Texts and an ONNX encoder come in; embeddings and class probabilities go out.
 *
 * <p>What stays true: pooling, normalisation and head are nodes of the graph, so training and serving run the same
 * arithmetic; a text gets the same bits alone, padded or in a batch; what cannot be served or trained is refused when it
 * is read, with every problem named.
 *
 * <p>A library without threads of its own; {@link dev.millrace.inference.encoder.EncoderGraph} is immutable, {@link
 * dev.millrace.inference.encoder.TextTokenizer} and {@link dev.millrace.inference.encoder.OrtEncoder} are thread-safe and
 * closed by whoever opened them.
 */
@NullMarked
package dev.millrace.inference.encoder;

import org.jspecify.annotations.NullMarked;
