/**
 * Predictions and embeddings with their true labels come in; figures of quality go out.
 *
 * <p>Invariants: everything is a pure, deterministic function of its input and the calls before it, summed in a fixed
 * order on one thread; accuracies are fractions in [0, 1], and NaN where nothing could be measured; embeddings are
 * compared by cosine.
 *
 * <p>Owned by the trainer thread.
 */
@NullMarked
package dev.millrace.trainer.evaluate;

import org.jspecify.annotations.NullMarked;
